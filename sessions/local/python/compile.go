package python

import (
	"context"
	_ "embed" // for compile.py
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

//go:embed compile.py
var compileScript string

// compile compiles all modules, under their paths in a sandbox, with one process for
// each processor, up to a few.
func (b *builder) compile(ctx context.Context) error {
	return b.compileModules(ctx, map[string]string{
		b.stdlib():  homeMount + "/lib/" + filepath.Base(b.stdlib()),
		b.pipHome(): homeMount + "/" + pipFolder,
		b.site():    sitePackagesMount,
	})
}

// compileModules compiles the modules in some folders, each with its path in a sandbox.
func (b *builder) compileModules(ctx context.Context, mounts map[string]string) error {
	modules, err := listModules(mounts)
	if err != nil {
		return err
	}
	workers := min(runtime.NumCPU(), 4)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var done atomic.Int64
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			var share strings.Builder
			for i := w; i < len(modules); i += workers {
				share.WriteString(modules[i])
			}
			errs[w] = b.compileShare(ctx, share.String(), func() {
				if n := int(done.Add(1)); n%100 == 0 {
					b.progress.part("compiling Python packages", percentUnpacked, percentCompiled, n, len(modules))
				}
			})
			if errs[w] != nil {
				cancel()
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// compileShare compiles the modules listed in share in one process, and calls each
// after each module.
func (b *builder) compileShare(ctx context.Context, share string, each func()) error {
	p := b.python("-c", compileScript)
	p.stdin = strings.NewReader(share)
	var last string
	p.line = func(line string) {
		if line == "" {
			each()
		} else {
			last = line
		}
	}
	return scriptError(ctx, "compiling Python packages", p.run(ctx), last)
}

// scriptError returns the error of a script that was doing something: what the disk
// lacked, or the last line that the script has written.
func scriptError(ctx context.Context, doing string, err error, last string) error {
	switch {
	case err != nil && strings.Contains(last, fmt.Sprintf("[Errno %d]", syscall.ENOSPC)):
		return fmt.Errorf("%s: %w", doing, syscall.ENOSPC)
	case err != nil && ctx.Err() == nil:
		return fmt.Errorf("%s: %w: %s", doing, err, last)
	}
	return err
}

// listModules lists what to compile, in the form that compile.py reads.
func listModules(mounts map[string]string) ([]string, error) {
	var modules []string
	for dir, mount := range mounts {
		err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || filepath.Ext(file) != ".py" || strings.ContainsAny(file, "\t\r\n") {
				return err
			}
			relative, err := filepath.Rel(dir, file)
			if err != nil {
				return err
			}
			modules = append(modules, file+"\t"+path.Join(mount, filepath.ToSlash(relative))+"\n")
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return modules, nil
}
