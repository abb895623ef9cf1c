// Command python writes a Python interpreter with pip to the folder that its
// argument names: the one in which the clients run.
//
// It is a module of its own because sessions have a newer Python than some of
// the clients can do with.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kluctl/go-embed-python/pip"
	"github.com/kluctl/go-embed-python/python"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: python FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "python:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	if _, err := python.NewEmbeddedPythonWithTmpDir(filepath.Join(dir, "interpreter"), false); err != nil {
		return fmt.Errorf("the interpreter: %w", err)
	}
	// The library writes pip to the folder for temporary files.
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return err
	}
	lib, err := pip.NewPipLib("pip")
	if err != nil {
		return fmt.Errorf("pip: %w", err)
	}
	return os.Rename(lib.GetExtractedPath(), filepath.Join(dir, "pip"))
}
