package python

import (
	"context"
	_ "embed" // for index.py
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

//go:embed index.py
var indexScript string

// indexFile is the index of modules in the interpreter's folder, which sandboxes see
// with it.
const indexFile = "lib/modules.index"

// index writes the index of all modules under their paths in a sandbox. The kernel
// imports from it without looking into folders and opening files.
func (b *builder) index(ctx context.Context) error {
	lib := path.Join(homeMount, "lib", filepath.Base(b.stdlib()))
	dynload := filepath.Join(b.stdlib(), "lib-dynload")
	args := []string{"-c", indexScript, filepath.Join(b.home(), indexFile), b.stdlib(), lib}
	if _, err := os.Stat(dynload); err == nil {
		args = append(args, dynload, lib+"/lib-dynload")
	}
	args = append(args, b.site(), sitePackagesMount)
	text, err := b.python(args...).output(ctx, 16<<10)
	if err != nil && strings.Contains(text, fmt.Sprintf("[Errno %d]", syscall.ENOSPC)) {
		return fmt.Errorf("writing the index of Python's modules: %w", syscall.ENOSPC)
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("writing the index of Python's modules: %w: %s", err, lastLine(text))
	}
	return err
}
