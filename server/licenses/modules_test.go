package licenses

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write modules.txt and own.txt")

// TestModules compares the record of notices with what is linked into the program
// on any system.
func TestModules(t *testing.T) {
	t.Parallel()
	license, err := os.ReadFile("../../LICENSE")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{"own.txt": license, "modules.txt": record(t, linked(t))} {
		if *update {
			if err := os.WriteFile(name, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from what is linked in (%v): run go test ./server/licenses -run TestModules -update", name, err)
		}
	}
}

// A module has files whose notices go with the program.
type module struct {
	name  string
	files []string
}

// linked returns the modules of the program, on all systems that it is built for.
func linked(t *testing.T) []module {
	t.Helper()
	byName := map[string]*module{}
	for _, target := range []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"} {
		system, processor, _ := strings.Cut(target, "/")
		for _, p := range listPackages(t, system, processor) {
			name, root := p.Module.Path+" "+p.Module.Version, p.Module.Dir
			switch {
			case p.Standard:
				name, root = "Go", goRoot(t)
			case p.Module.Main:
				continue
			}
			if byName[name] == nil {
				byName[name] = &module{name, licenseFiles(t, root)}
			}
			for _, file := range p.EmbedFiles { // such as the interpreter's
				file = filepath.Join(p.Dir, file)
				if isLicense(file) && !p.Standard {
					byName[name].files = append(byName[name].files, file)
				}
			}
		}
	}
	var all []module
	for _, m := range byName {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.name, b.name) })
	if len(all) < 30 {
		t.Fatalf("only %d modules", len(all))
	}
	return all
}

type goPackage struct {
	Dir        string
	Standard   bool
	EmbedFiles []string
	Module     struct {
		Path, Version, Dir string
		Main               bool
	}
}

func listPackages(t *testing.T, system, processor string) (all []goPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Standard,EmbedFiles,Module", "../..")
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+processor, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func goRoot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

var license = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|copyright)`)

func isLicense(file string) bool {
	return license.MatchString(filepath.Base(file)) && filepath.Ext(file) != ".go" && filepath.Ext(file) != ".py"
}

func licenseFiles(t *testing.T, dir string) (files []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.IsDir() && isLicense(entry.Name()) {
			files = append(files, filepath.Join(dir, entry.Name()))
		}
	}
	if files == nil {
		t.Errorf("%s has no license", dir)
	}
	return files
}

// record writes each text once, below the names of the modules that have it.
func record(t *testing.T, modules []module) []byte {
	t.Helper()
	var texts []string
	names := map[string][]string{}
	for _, m := range modules {
		for _, file := range m.files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.TrimSpace(strings.ReplaceAll(string(data), "\r\n", "\n"))
			if names[text] == nil {
				texts = append(texts, text)
			}
			if !slices.Contains(names[text], m.name) {
				names[text] = append(names[text], m.name)
			}
		}
	}
	var all bytes.Buffer
	for _, text := range texts {
		fmt.Fprintf(&all, "\n== %s\n\n%s\n", strings.Join(names[text], "\n== "), text)
	}
	return all.Bytes()
}
