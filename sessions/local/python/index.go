package python

import (
	"context"
	_ "embed" // for index.py and moduleindex.py
	"fmt"
	"os"
	"path"
	"path/filepath"
)

var (
	//go:embed index.py
	indexScript string
	//go:embed moduleindex.py
	indexModule string
)

const (
	// indexFile is the index of modules in the interpreter's folder, which sandboxes
	// see with it.
	indexFile = "lib/modules.index"
	// indexModuleName is what the module that imports from it is called.
	indexModuleName = "_module_index"
)

// writeIndexModule writes the module that imports from the index next to what the
// interpreter reads at its start, and returns the line that calls it there. Outside a
// sandbox it does nothing.
func (b *builder) writeIndexModule(packages string) (line string, err error) {
	line = fmt.Sprintf("import sys, %[1]s; %[1]s.use_index(%[2]q, %[3]q, %[4]q); del sys.modules[%[1]q]\n",
		indexModuleName, path.Join(homeMount, indexFile), homeMount, sitePackagesMount)
	return line, os.WriteFile(filepath.Join(packages, indexModuleName+".py"), []byte(indexModule), 0o644)
}

// index writes the index of all modules under their paths in a sandbox. Interpreters
// import from it without looking into folders and opening files.
func (b *builder) index(ctx context.Context) error {
	lib := path.Join(homeMount, "lib", filepath.Base(b.stdlib()))
	dynload := filepath.Join(b.stdlib(), "lib-dynload")
	args := []string{"-c", indexScript, filepath.Join(b.home(), indexFile), b.stdlib(), lib}
	if _, err := os.Stat(dynload); err == nil {
		args = append(args, dynload, lib+"/lib-dynload")
	}
	args = append(args, b.site(), sitePackagesMount)
	text, err := b.python(args...).output(ctx, 16<<10)
	return scriptError(ctx, "writing the index of Python's modules", err, lastLine(text))
}
