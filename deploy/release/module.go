package main

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// renameModule gives the module at root another path, and all its imports.
func renameModule(root, path string) error {
	goMod := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(goMod)
	if err != nil {
		return err
	}
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	old, ok := strings.CutPrefix(string(first), "module ")
	if !ok {
		return fmt.Errorf("%s does not begin with the path of the module", goMod)
	}
	if old == path {
		return nil
	}
	if err := os.WriteFile(goMod, append([]byte("module "+path+"\n"), rest...), 0o644); err != nil {
		return err
	}
	return filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".git":
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(file) != ".go":
			return nil
		}
		return renameImports(file, old, path)
	})
}

// renameImports changes the paths of imports in a file, and nothing else.
func renameImports(file, old, path string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, text, parser.ImportsOnly)
	if err != nil {
		return err
	}
	changed := false
	for _, spec := range slices.Backward(parsed.Imports) { // so that positions before stay
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		if imported != old && !strings.HasPrefix(imported, old+"/") {
			continue
		}
		from, to := set.Position(spec.Path.Pos()).Offset, set.Position(spec.Path.End()).Offset
		text = slices.Concat(text[:from], []byte(strconv.Quote(path+imported[len(old):])), text[to:])
		changed = true
	}
	if !changed {
		return nil
	}
	return os.WriteFile(file, text, 0o644)
}
