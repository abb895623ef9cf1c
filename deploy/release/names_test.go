package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// TestGenerated: what is generated is as generate would write it now.
func TestGenerated(t *testing.T) {
	t.Parallel()
	dir := copyRepository(t)
	n, err := readNames(filepath.Join(dir, "deploy", "names"))
	if err != nil {
		t.Fatal(err)
	}
	if err := generate(dir, n); err != nil {
		t.Fatal(err)
	}
	for _, file := range repositoryFiles(t) {
		before, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(after) != string(before) {
			t.Errorf("%s differs from what is generated (%v): run go run ./deploy/release generate", file, err)
		}
	}
}

// TestOneLineToPublish: whoever publishes the program changes one line. After that the
// program builds under the new path, and no file has the old name.
func TestOneLineToPublish(t *testing.T) {
	t.Parallel()
	dir := copyRepository(t)
	const owner = "Ada-Analytical"
	path := filepath.Join(dir, "deploy", "names")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, err := readNames(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "\nowner="+before.owner+"\n", "\nowner="+owner+"\n", 1)
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	n, err := readNames(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := generate(dir, n); err != nil {
		t.Fatal(err)
	}
	for _, file := range repositoryFiles(t) {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		ofTool := strings.HasPrefix(file, "deploy/release/")
		old, small := before.owner, strings.ToLower(before.owner)
		for _, old := range []string{old + "/", "/" + old, "." + old, "@" + small + "/", "/" + small + "/", `"` + program + `/s`} {
			if !ofTool && strings.Contains(string(text), old) {
				t.Errorf("%s still has %q", file, old)
			}
		}
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if .Module}}{{if .Module.Main}}{{.ImportPath}}{{end}}{{end}}", ".")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	packages := strings.Fields(string(out))
	if err != nil || len(packages) < 50 {
		t.Fatalf("%d packages, %v: %.500s", len(packages), err, out)
	}
	for _, p := range packages {
		if !strings.HasPrefix(p, "github.com/"+owner+"/"+program) {
			t.Errorf("the program is made of %s", p)
		}
	}
}

func TestNamesRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "owner=\n", "owner=a b\n", "owner=-a\n", "# owner=a\n"} {
		path := filepath.Join(t.TempDir(), "names")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if n, err := readNames(path); err == nil {
			t.Errorf("%q: %+v", text, n)
		}
	}
}

// repositoryFiles are the files that git has or would take.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(files) < 500 {
		t.Fatalf("only %d files", len(files))
	}
	return slices.DeleteFunc(files, func(name string) bool {
		_, err := os.Stat(filepath.Join(root, name))
		return err != nil || strings.HasSuffix(name, ".png")
	})
}

func copyRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range repositoryFiles(t) {
		data, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
