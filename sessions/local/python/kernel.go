package python

import (
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
)

//go:embed kernel/*.py
var kernelFiles embed.FS

// WriteKernel writes the program that turns the interpreter into a session into
// dir, which it makes unless it is there, and returns the path of the file to
// start. The program is the other end of package kernel's frames, which
// kernel/frames.py documents. It reads its files whenever it starts, from any
// folder that has all of them, and takes whatever lies in there for its own, so
// that dir must not hold a session's files.
func WriteKernel(dir string) (script string, err error) {
	files, err := kernelFiles.ReadDir("kernel")
	if err != nil {
		return "", fmt.Errorf("listing the kernel's files: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("writing the kernel: %w", err)
	}
	for _, f := range files {
		source, err := kernelFiles.ReadFile(path.Join("kernel", f.Name()))
		if err != nil {
			return "", fmt.Errorf("reading the kernel: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), source, 0o644); err != nil {
			return "", fmt.Errorf("writing the kernel: %w", err)
		}
	}
	return filepath.Join(dir, "kernel.py"), nil
}
