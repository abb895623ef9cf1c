package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A sourceFile is a file of the module, parsed.
type sourceFile struct {
	pkg  string // the import path of its folder
	name string // below the module's folder
	*ast.File
}

// parseModule returns all files of the module, whatever system and tags they are for.
func parseModule(t *testing.T) []sourceFile {
	t.Helper()
	var files []sourceFile
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(name, ".."+string(filepath.Separator)))
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		files = append(files, sourceFile{path.Join(module, path.Dir(rel)), rel, file})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 500 {
		t.Fatalf("only %d files", len(files))
	}
	return files
}

// TestNoExportedNameWithoutUser finds what packages export and nobody imports. Names
// in the declarations of others, such as the type of a result, are used with these. A
// test counts as a user only below server/e2e, or of a package of fixtures.
func TestNoExportedNameWithoutUser(t *testing.T) {
	t.Parallel()
	declared, used := map[string]declaration{}, map[string]bool{}
	for _, f := range parseModule(t) {
		isTest := strings.HasSuffix(f.name, "_test.go")
		if !isTest && f.Name.Name != "main" {
			declareNames(f, declared, used)
		}
		markUses(f, used, func(of string) bool {
			return of != f.pkg && (!isTest || within(f.pkg, module+"/server/e2e") || strings.HasSuffix(of, "test"))
		})
	}
	if len(declared) < 300 {
		t.Fatalf("only %d names", len(declared))
	}
	for name, at := range declared {
		if !used[name] && !slices.ContainsFunc(at.together, func(other string) bool { return used[other] }) {
			t.Errorf("%s: %s has no user outside its package", at.file, name)
		}
	}
}

// A declaration is where a name is declared.
type declaration struct {
	file     string
	together []string // names of the same group of constants or errors, which belong together
}

// declareNames adds what a file declares at its top, and marks what its exported
// declarations are made of as used.
func declareNames(f sourceFile, declared map[string]declaration, used map[string]bool) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if !d.Name.IsExported() {
				continue
			}
			markNames(f.pkg, d.Type, used)
			if d.Recv == nil {
				declared[f.pkg+"."+d.Name.Name] = declaration{file: f.name}
			}
		case *ast.GenDecl:
			declareGroup(f, d, declared, used)
		}
	}
}

// declareGroup adds the types, or the constants or variables, of one declaration.
func declareGroup(f sourceFile, d *ast.GenDecl, declared map[string]declaration, used map[string]bool) {
	var values []string
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			markNames(f.pkg, s.Type, used)
			if s.Name.IsExported() {
				declared[f.pkg+"."+s.Name.Name] = declaration{file: f.name}
			}
		case *ast.ValueSpec:
			markNames(f.pkg, s.Type, used)
			for _, id := range s.Names {
				if id.IsExported() {
					values = append(values, f.pkg+"."+id.Name)
				}
			}
		}
	}
	for _, name := range values {
		declared[name] = declaration{f.name, values}
	}
}

// markNames marks the names in a type, if there is one, as used.
func markNames(pkg string, in ast.Expr, used map[string]bool) {
	if in == nil {
		return
	}
	ast.Inspect(in, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			used[pkg+"."+id.Name] = true
		}
		return true
	})
}

// markUses marks the names of other packages that a file mentions, of those that
// count.
func markUses(f sourceFile, used map[string]bool, counts func(pkg string) bool) {
	imports := map[string]string{}
	for _, i := range f.Imports {
		p := strings.Trim(i.Path.Value, `"`)
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		imports[name] = p
	}
	ast.Inspect(f.File, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && counts(imports[x.Name]) {
				used[imports[x.Name]+"."+s.Sel.Name] = true
			}
		}
		return true
	})
}

// ownWords are words that once only this code knew, with those that the field has.
// They are words of a name, in lower case; plain English has no use for them here.
var ownWords = map[string]string{
	"arrival": "uploads, execution queue", "arrivals": "uploads, execution queue",
	"box": "instance", "boxes": "instances",
	"census":  "stats, file count",
	"gallery": "displays", "gibberish": "malformed",
	"giveway": "deprioritize", "comeback": "restore priority", "noteuse": "touch",
	"patrol": "monitor", "squad": "errgroup's limit", "squads": "errgroup's limit",
	"rouse": "mark awake", "settle": "idle", "resting": "idle",
	"withroom": "admit", "withhandle": "session handle",
}

// TestWordsOfTheField looks at the names of identifiers and files.
func TestWordsOfTheField(t *testing.T) {
	t.Parallel()
	check := func(where, name string) {
		words := wordsOf(name)
		for _, w := range append(words, strings.Join(words, "")) {
			if say, ok := ownWords[w]; ok {
				t.Errorf("%s: %s: say %s", where, name, say)
			}
		}
	}
	for _, f := range parseModule(t) {
		check(f.name, strings.TrimSuffix(path.Base(f.name), ".go"))
		ast.Inspect(f.File, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				check(f.name, id.Name)
			}
			return true
		})
	}
}

// wordsOf splits a name where its case changes, and where it has no letter.
func wordsOf(name string) []string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start {
			words = append(words, strings.ToLower(name[start:end]))
		}
	}
	for i, r := range name {
		switch {
		case !unicode.IsLetter(r):
			flush(i)
			start = i + len(string(r))
		case unicode.IsUpper(r) && i > start && !unicode.IsUpper(rune(name[i-1])):
			flush(i)
			start = i
		}
	}
	flush(len(name))
	return words
}
