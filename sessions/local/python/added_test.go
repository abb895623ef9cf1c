//go:build linux && (amd64 || arm64)

package python

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// requirementsIn writes a file of requirements and returns its path.
func requirementsIn(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "requirements.txt")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAddedPackages installs packages of the user's beside those of the interpreter,
// once, and finds them there first.
func TestAddedPackages(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first", "second")
	opts := Options{CacheDir: t.TempDir()}
	opts.Requirements = requirementsIn(t, string(x.recipe("second").requirements))
	for range 2 {
		i, err := install(t.Context(), opts, x.recipe("first"))
		if err != nil {
			t.Fatal(err)
		}
		plain := i.Key
		if err := addPackages(t.Context(), opts, x.recipe("first"), i); err != nil {
			t.Fatal(err)
		}
		if i.Key == plain || !strings.HasPrefix(i.Key, plain+"+") {
			t.Errorf("the key is %s, and without them %s", i.Key, plain)
		}
		cmd := exec.CommandContext(t.Context(), i.Executable, "-I", "-c", "import sys; sys.path.insert(0, sys.argv[1]); import first, second; print(second.__cached__, second.__file__)", i.Added)
		said, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(said), "/second/__init__.py") {
			t.Errorf("%v: %s", err, said)
		}
		if _, err := os.Stat(filepath.Join(i.SitePackages, "second")); err == nil {
			t.Error("it was installed among those of the interpreter")
		}
		if m := i.Mounts(); len(m) != 3 || m[2] != (Mount{i.Added, addedMount}) {
			t.Errorf("mounts: %+v", m)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := x.downloads("second"); n != 1 {
		t.Errorf("it was downloaded %d times", n)
	}
}

// TestAddedPackagesThatFail asserts what is said of files that cannot be installed.
func TestAddedPackagesThatFail(t *testing.T) {
	t.Parallel()
	x := newIndex(t, "first", "second")
	r := x.recipe("first")
	opts := Options{CacheDir: t.TempDir()}
	i, err := install(t.Context(), opts, r)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	down := newIndex(t)
	down.Close()
	unreachable := r
	unreachable.environ = down.recipe().environ
	locked := string(x.recipe("second").requirements)
	other := "second==1.0 --hash=sha256:" + strings.Repeat("0", 64) + "\n"
	for _, test := range []struct {
		name, text string
		recipe     recipe
		kind       error
		words      []string
	}{
		{"a hash that does not match", other, r, errHashMismatch, []string{"second==1.0", opts.Requirements, "another file than the one that was locked"}},
		{"an index that is down", locked, unreachable, errNoNetwork, []string{"Connection refused", "PIP_INDEX_URL"}},
		{"a package that the index does not have", strings.ReplaceAll(other, "second", "absent"), r, errNoNetwork, []string{"absent==1.0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts.Requirements = requirementsIn(t, test.text)
			copied := *i
			err := addPackages(t.Context(), opts, test.recipe, &copied)
			if !errors.Is(err, test.kind) {
				t.Fatalf("got %v", err)
			}
			for _, word := range test.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
		})
	}
}

func TestRequirementsFiles(t *testing.T) {
	t.Parallel()
	sum := "--hash=sha256:" + strings.Repeat("a", 64)
	for text, want := range map[string]string{
		"a==1 " + sum: "",
		"# list\n--index-url https://example.org/simple\na==1.0 \\\n    " + sum + " \\\n    " + sum + "\n    # via b\nb[x]==2 ; python_version > '3' \\\n " + sum + "\n": "",
		"a @ https://example.org/a-1-py3-none-any.whl " + sum: "",
		"":                                     "names no package",
		"# nothing\n":                          "names no package",
		"a==1 " + sum + "\n\nb>=2 " + sum:      `line 3: "b>=2" names no single version`,
		"a==1":                                 `line 1: "a==1" has no hash; make the file with: uv pip compile`,
		"a==1.* " + sum:                        "names no single version",
		"a==1,>0 " + sum:                       "names no single version",
		"a==1 --hash=md5:00":                   "is not one of SHA-256",
		"-r other.txt":                         "put all packages into this one",
		"-e .":                                 "build a wheel",
		"--no-binary :all:\na==1 " + sum:       "only wheels",
		"a\x00==1":                             "no text",
		"<html>":                               "names no single version",
		"a==1 " + sum + "\n\\":                 "",
		strings.Repeat("#", maxRequirements+1): "larger than",
	} {
		_, err := readRequirements(requirementsIn(t, text))
		if want == "" && err != nil || want != "" && (!errors.Is(err, errRequirements) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
	if _, err := readRequirements("/no/such.txt"); !errors.Is(err, errRequirements) || !strings.Contains(err.Error(), "/no/such.txt") {
		t.Errorf("no file: %v", err)
	}
}

func FuzzRequirementsFile(f *testing.F) {
	f.Add([]byte("a==1 --hash=sha256:00\n-r x\n\\\n# c"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := requirementsFile{"f", text}
		for first, line := range r.lines() {
			if first < 1 || strings.ContainsAny(line, "\n") {
				t.Errorf("line %d is %q", first, line)
			}
		}
		if err := r.check(); err != nil && !errors.Is(err, errRequirements) {
			t.Error(err)
		}
	})
}

func TestSettingsOfUV(t *testing.T) {
	t.Parallel()
	got := strings.Join(uvSettings([]string{"UV_DEFAULT_INDEX=own=https://a.example/simple?x=1", "UV_INDEX=b=https://b.example https://c.example",
		"UV_INDEX_URL=https://old.example", "UV_FIND_LINKS=/a,/b", "UV_HTTP_TIMEOUT=", "UV_INSECURE_HOST=h:8", "PIP_TRUSTED_HOST=mine"}), "\n")
	if want := "PIP_INDEX_URL=https://a.example/simple?x=1\nPIP_EXTRA_INDEX_URL=https://b.example https://c.example\nPIP_FIND_LINKS=/a /b"; got != want {
		t.Errorf("got %s", got)
	}
}
