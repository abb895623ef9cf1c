//go:build linux && (amd64 || arm64)

package python

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write requirements.txt anew from requirements.in, with the package index")

//go:embed requirements.in
var wanted []byte

// lockHead is what requirements.txt begins with.
const lockHead = `# Written from requirements.in; do not edit. To renew:
# go test ./sessions/local/python -run TestLock -update
`

// TestLock checks that requirements.txt locks what requirements.in names, in a
// form that leaves pip no choice, or with -update writes it anew.
func TestLock(t *testing.T) {
	if *update {
		if err := os.WriteFile("requirements.txt", lock(t), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.HasPrefix(requirements, []byte(lockHead)) {
		t.Error("requirements.txt was not written by this test")
	}
	if bytes.Contains(requirements, []byte("://")) {
		t.Error("requirements.txt names a host")
	}
	locked := make(map[string]bool)
	entry := regexp.MustCompile(`(?m)^(\S+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)`)
	rest := entry.ReplaceAllFunc(requirements[len(lockHead):], func(match []byte) []byte {
		parts := entry.FindSubmatch(match)
		locked[string(parts[1])] = true
		// A pure package has one file, others one for each processor.
		if n := bytes.Count(parts[3], []byte("--hash")); n > 2 {
			t.Errorf("%s has %d hashes", parts[1], n)
		}
		return nil
	})
	if len(rest) != 0 {
		t.Errorf("requirements.txt has lines that lock nothing: %.200q", rest)
	}
	if got := standard().packages(); got != len(locked) {
		t.Errorf("the recipe counts %d packages, want %d", got, len(locked))
	}
	for _, pin := range pins(bytes.NewReader(wanted)) {
		name := normal(regexp.MustCompile(`^[A-Za-z0-9_.-]+`).FindString(pin))
		if !locked[name] {
			t.Errorf("requirements.txt lacks %s", name)
		}
	}
}

// TestEmbeddedBuild checks that the constants name the interpreter of go.mod.
func TestEmbeddedBuild(t *testing.T) {
	text, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "github.com/kluctl/go-embed-python v0.0.0-" + embeddedVersion + "-" + embeddedBuild; !bytes.Contains(text, []byte(want)) {
		t.Errorf("go.mod does not require %s", want)
	}
}

// lock resolves requirements.in for both processors and returns the lock.
func lock(t *testing.T) []byte {
	files := make(map[string]map[string]bool) // hashes by name==version
	constraints := filepath.Join(t.TempDir(), "constraints.txt")
	if err := os.WriteFile(constraints, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var versions []string
	for _, machine := range []string{"x86_64", "aarch64"} {
		resolved := resolve(t, machine, constraints)
		for pin, hash := range resolved {
			if files[pin] == nil {
				files[pin] = make(map[string]bool)
			}
			files[pin][hash] = true
		}
		if versions == nil {
			// The second processor gets the versions of the first.
			versions = slices.Sorted(maps.Keys(resolved))
			if err := os.WriteFile(constraints, []byte(strings.Join(versions, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var text bytes.Buffer
	text.WriteString(lockHead)
	for _, pin := range slices.Sorted(maps.Keys(files)) {
		text.WriteString(pin)
		for _, hash := range slices.Sorted(maps.Keys(files[pin])) {
			fmt.Fprintf(&text, " \\\n    --hash=sha256:%s", hash)
		}
		text.WriteString("\n")
	}
	return text.Bytes()
}

// resolve asks pip which files it would install on Linux with glibc 2.28, as
// name==version to SHA-256.
func resolve(t *testing.T, machine, constraints string) map[string]string {
	dir := t.TempDir()
	b := newBuilder(t, dir)
	if err := b.extract(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(dir, "report.json")
	in, err := filepath.Abs("requirements.in")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		filepath.Join(b.pipHome(), "pip"), "install", "--dry-run", "--ignore-installed", "--quiet", "--report", report,
		"--only-binary=:all:", "--target", b.site(), "--python-version", "3.14", "--implementation", "cp",
		"-r", in, "-c", constraints, "--platform", "linux_" + machine, "--platform", "manylinux2014_" + machine,
	}
	for minor := 28; minor >= 5; minor-- {
		args = append(args, "--platform", fmt.Sprintf("manylinux_2_%d_%s", minor, machine))
	}
	p := b.python(args...)
	p.env = pipEnvironment(b.recipe.environ, b.scratch)
	if said, err := p.output(t.Context(), 1<<20); err != nil {
		t.Fatalf("pip: %v\n%s", err, said)
	}
	return readReport(t, report)
}

func readReport(t *testing.T, file string) map[string]string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Install []struct {
			Metadata     struct{ Name, Version string }
			DownloadInfo struct {
				ArchiveInfo struct {
					Hashes struct{ SHA256 string }
				} `json:"archive_info"`
			} `json:"download_info"`
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, i := range report.Install {
		files[normal(i.Metadata.Name)+"=="+i.Metadata.Version] = i.DownloadInfo.ArchiveInfo.Hashes.SHA256
	}
	return files
}

// normal is a package's name as PEP 503 normalises it.
func normal(name string) string {
	return strings.ToLower(regexp.MustCompile(`[-_.]+`).ReplaceAllString(name, "-"))
}

// newBuilder returns a builder of an installation in dir.
func newBuilder(t *testing.T, dir string) *builder {
	b := &builder{
		recipe:    recipe{extract: extractInterpreter, environ: os.Environ()},
		tree:      filepath.Join(dir, "tree"),
		scratch:   filepath.Join(dir, "scratch"),
		downloads: filepath.Join(dir, "downloads"),
		progress:  &progress{},
	}
	for _, folder := range []string{b.site(), b.matplotlib(), b.scratch, b.downloads} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return b
}
