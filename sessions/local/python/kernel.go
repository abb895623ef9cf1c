package python

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

//go:embed kernel/*.py kernel/locales.tar.xz kernel/offline/bin/* kernel/offline/pip/*.py kernel/offline/pip/_internal/*.py kernel/offline/pip/_internal/cli/*.py
var kernelFiles embed.FS

// kernelScript is the script to start, in the kernel's folder.
const kernelScript = "kernel.py"

// writeKernel writes the program that turns the interpreter into a session to the
// folder dir, which it creates if necessary, and returns the path of the script to
// start. The program speaks the other end of package kernel's frames, which
// kernel/frames.py documents. At each start it reads its files, from any folder that
// has all of them. It trusts everything in that folder, so dir must not contain
// files of a session.
func writeKernel(dir string) (script string, err error) {
	err = fs.WalkDir(kernelFiles, "kernel", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel("kernel", filepath.FromSlash(name))
		if err != nil {
			return err
		}
		target := filepath.Join(dir, relative)
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		source, err := kernelFiles.ReadFile(name)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if path.Base(path.Dir(name)) == "bin" {
			mode = 0o755 // programs that sessions find on PATH
		}
		return os.WriteFile(target, source, mode)
	})
	if err != nil {
		return "", fmt.Errorf("writing the kernel: %w", err)
	}
	return filepath.Join(dir, kernelScript), nil
}
