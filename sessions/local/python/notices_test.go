package python

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestNoticesOfTheInstallation: whatever is installed says under which terms, the
// fonts that come with packages of another license too.
func TestNoticesOfTheInstallation(t *testing.T) {
	t.Parallel()
	i, err := Install(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	tree, err := Find("", "")
	if err != nil {
		t.Fatal(err)
	}
	notices, err := Notices(tree)
	if err != nil {
		t.Fatal(err)
	}
	if want := standard().packages() + 2; len(notices) != want {
		t.Errorf("%d notices for %d packages, pip and CPython", len(notices), want-2)
	}
	texts := map[string]string{}
	for _, n := range notices {
		texts[n.Name] = strings.Join(n.Texts, "\n")
		if n.Version == "" || n.License == "" && n.Texts == nil {
			t.Errorf("%+v says nothing", n)
		}
	}
	for name, want := range map[string]string{
		"CPython": "PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2", "numpy": "NumPy Developers", "noto-cjk-sans-otc": "SIL Open Font License",
		"matplotlib": "Bitstream Vera", "manimgx-fonts": "The Noto Project Authors",
	} {
		if !strings.Contains(strings.ToLower(texts[name]), strings.ToLower(want)) {
			t.Errorf("%s says %.300q and not %q", name, texts[name], want)
		}
	}
}

func TestNoticesWithoutInstallation(t *testing.T) {
	t.Parallel()
	_, err := Find(t.TempDir(), cachedir.NoShared)
	if !errors.Is(err, errNotInstalled) || !strings.Contains(err.Error(), "dynamic-sessions-mcp setup") {
		t.Errorf("got %v", err)
	}
}

func TestLicenseNames(t *testing.T) {
	t.Parallel()
	for metadata, want := range map[string]string{
		"Name: a\nLicense-Expression: MIT\nLicense: other": "MIT",
		"Name: a\nLicense: BSD":                            "BSD",
		"Name: a\nLicense: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License\nClassifier: Topic :: X": "MIT License",
		"Name: a\nClassifier: License :: Public Domain":                                                         "Public Domain",
		"Name: a\nLicense: " + strings.Repeat("long ", 40):                                                      "",
		"Name: a": "",
	} {
		site := fstest.MapFS{"a.dist-info/METADATA": {Data: []byte(metadata + "\n\nthe description")}, "a.dist-info/RECORD": {}}
		n, err := readNotice(site, "a.dist-info")
		if err != nil || n.License != want || n.Name != "a" {
			t.Errorf("%q: got %+v, %v, want %q", metadata, n, err, want)
		}
	}
}
