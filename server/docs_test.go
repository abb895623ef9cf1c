package server_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the repository's folder, as tests of this package see it.
const root = ".."

// documents returns the paths below root of what is written for people, except the
// changelog, which names what was there once.
func documents(t *testing.T) []string {
	t.Helper()
	found := []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "server/e2e/README.md",
		"testdata/clients/README.md", "testdata/conformance/README.md", "testdata/peers/README.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			found = append(found, strings.TrimPrefix(filepath.ToSlash(path), root+"/"))
		}
		return err
	})
	if err != nil || len(found) < 20 {
		t.Fatalf("only %v, %v", found, err)
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	// namedPath is a path from the repository's folder, in prose, code or a table.
	namedPath = regexp.MustCompile(`(?m)(?:^|[\s` + "`" + `(])(?:\./)?((?:\.ci|config|docs|server|sessions|testdata|tools)/[\w./-]*\w)`)
	linkTo    = regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`)
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// methodsOfMCP look like paths.
var methodsOfMCP = []string{"tools/list", "tools/call"}

func TestDocumentsNameWhatExists(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t) {
		paths := namedPath.FindAllStringSubmatch(read(t, document), -1)
		for _, path := range paths {
			if slices.Contains(methodsOfMCP, path[1]) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, path[1])); err != nil {
				t.Errorf("%s names %s, which is not there", document, path[1])
			}
		}
	}
}

func TestLinksOfDocumentsLead(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t) {
		for _, l := range linkTo.FindAllStringSubmatch(read(t, document), -1) {
			target, anchor := l[1], strings.TrimPrefix(l[2], "#")
			if strings.Contains(target, "://") {
				continue
			}
			file := document
			if target != "" {
				file = filepath.Join(filepath.Dir(document), target)
			}
			if _, err := os.Stat(filepath.Join(root, file)); err != nil {
				t.Errorf("%s links to %s, which is not there", document, target)
			} else if anchor != "" && !slices.Contains(anchors(read(t, file)), anchor) {
				t.Errorf("%s links to #%s, which %s does not have", document, anchor, file)
			}
		}
	}
}

// anchors returns the names by which GitHub links to the headings of a text.
func anchors(text string) (names []string) {
	for _, h := range heading.FindAllStringSubmatch(text, -1) {
		names = append(names, strings.Map(func(c rune) rune {
			switch {
			case c == ' ':
				return '-'
			case strings.ContainsRune("`'\",.:;()?!/’", c):
				return -1
			}
			return c
		}, strings.ToLower(h[1])))
	}
	return names
}

func TestArchitectureNamesEveryPackage(t *testing.T) {
	t.Parallel()
	text := read(t, "ARCHITECTURE.md")
	for _, p := range listPackages(t) {
		path := strings.TrimPrefix(p.ImportPath, module+"/")
		if !within(p.ImportPath, module+"/server/e2e") && !strings.HasSuffix(path, "test") && path != module &&
			within(p.ImportPath, module) && !strings.Contains(text, "`"+path+"`") {
			t.Errorf("it does not say what %s is", path)
		}
	}
}

func TestREADMEIsForVisitors(t *testing.T) {
	t.Parallel()
	text := read(t, "README.md")
	if lines := strings.Count(text, "\n"); lines > 150 {
		t.Errorf("it has %d lines: what is more than 150 belongs in docs", lines)
	}
	for _, command := range []string{"go run . demo", "go test ./..."} {
		if !strings.Contains(text, "\n"+command) {
			t.Errorf("it does not have the command %q, which CI runs on a machine that has nothing", command)
		}
	}
}

func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(text, &mod); err != nil || len(mod.Require) == 0 {
		t.Fatalf("%s: %v", text, err)
	}
	architecture := read(t, "ARCHITECTURE.md")
	for _, m := range mod.Require {
		if !m.Indirect && !strings.Contains(architecture, "| `"+m.Path+"` |") {
			t.Errorf("ARCHITECTURE.md does not say what %s is for", m.Path)
		}
	}
}
