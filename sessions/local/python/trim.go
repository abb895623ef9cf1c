package python

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// trimInterpreter removes what sessions do not need: Tk, which needs a screen, the
// programs around the interpreter, and copies.
func (b *builder) trimInterpreter() error {
	stdlib, err := filepath.Rel(b.home(), b.stdlib())
	if err != nil {
		return err
	}
	if err := removeMatching(b.home(),
		"bin/idle3*", "bin/pip*", "bin/pydoc3*", "bin/*-config",
		"lib/libtcl*", "lib/tcl*", "lib/tk*", "lib/itcl*", "lib/thread*", "lib/*.a",
		stdlib+"/tkinter", stdlib+"/idlelib", stdlib+"/turtledemo", stdlib+"/turtle.py", stdlib+"/test",
		stdlib+"/ensurepip", stdlib+"/lib-dynload/_tkinter*", stdlib+"/config-*",
	); err != nil {
		return err
	}
	// The archive of the interpreter has copies instead of links.
	major := filepath.Base(stdlib)
	links := map[string]string{
		"bin/python":              major,
		"bin/python3":             major,
		"lib/lib" + major + ".so": "lib" + major + ".so.1.0",
	}
	for name, target := range links {
		if err := b.link(name, target); err != nil {
			return err
		}
	}
	return nil
}

// removeMatching removes what matches the patterns, relative to the folder dir.
func removeMatching(dir string, patterns ...string) error {
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// link replaces the file name by a link to the file target beside it, if there
// is one.
func (b *builder) link(name, target string) error {
	path := filepath.Join(b.home(), name)
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), target)); err != nil {
		return nil
	}
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.Symlink(target, path)
}

// useless are parts of packages that no code of a session needs, 60 MB in all:
// programs, which name an interpreter at a path that no longer exists, descriptions
// of other packages for editors, extensions of JupyterLab, headers for compilers,
// and what bokeh has beside the scripts that it embeds, which are its *.min.js.
var useless = [...]string{
	"bin", "share/jupyter", "share/man", "typings",
	"jedi/third_party/*", "plotly/labextension", "pyarrow/include", "pyarrow/src", "sqlalchemy/testing",
	"bokeh/server/static/js/lib", "bokeh/server/static/js/compiler.js", "bokeh/server/static/js/bokeh*[^n].js",
}

// trim removes the useless parts of the packages, and their tests, which are half
// of all modules.
func (b *builder) trim(context.Context) error {
	if err := removeMatching(b.site(), useless[:]...); err != nil {
		return err
	}
	return filepath.WalkDir(b.site(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.IsDir() || !isTests(entry.Name(), path) {
			return nil
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		return fs.SkipDir
	})
}

// isTests reports whether a folder is a package of tests that nothing else imports.
// Those named "test" stay: some are for users.
func isTests(name, path string) bool {
	return name == "tests" && !strings.HasSuffix(filepath.Dir(path), ".dist-info")
}
