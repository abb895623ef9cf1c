package hostfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestAllowedFoldersAreChecked(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"relative", ""} {
		if h, err := Open([]string{dir}, false); err == nil {
			t.Errorf("%q was opened", dir)
			h.Close()
		}
	}
}

// TestHostRead tries to get at files outside the allowed folder.
func TestHostRead(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	inside, outside := filepath.Join(base, "data"), filepath.Join(base, "data_evil")
	for _, dir := range []string{inside, outside} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(outside, "secret")
	for path, text := range map[string]string{secret: "secret", filepath.Join(inside, "open"): "open"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	links := true
	for link, to := range map[string]string{"good": "open", "bad": secret, "badrel": "../data_evil/secret", "baddir": outside, "gone": "nowhere"} {
		links = toolstest.Link(t, to, filepath.Join(inside, link)) && links
	}
	links = toolstest.Link(t, filepath.Join(inside, "open"), filepath.Join(outside, "way-in")) && links
	h, err := Open([]string{inside}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	opened := []string{filepath.Join(inside, "open"), filepath.Join(inside, "x/../open"), "open"}
	if links {
		opened = append(opened, filepath.Join(inside, "good"), filepath.Join(outside, "way-in"), "good")
	}
	for _, path := range opened {
		f, _, err := h.read(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if data, err := io.ReadAll(f); err != nil || string(data) != "open" {
			t.Errorf("%s: %q, %v", path, data, err)
		}
		f.Close()
	}
	denied := map[string]string{
		secret:                            "Access denied",
		filepath.Join(outside, "missing"): "Access denied",
		inside + "/../data_evil/secret":   "Access denied",
		filepath.Join(inside, "gone"):     "There is no",
		filepath.Join(inside, "missing"):  "There is no",
		inside:                            "is a folder",
		"bad":                             "There is no",
		"../data_evil/secret":             "There is no",
		"a\x00b":                          "NUL",
	}
	if links {
		for _, link := range []string{"bad", "badrel", "baddir/secret"} {
			denied[filepath.Join(inside, link)] = "Access denied"
		}
	}
	for path, want := range denied {
		f, _, err := h.read(path)
		if err == nil {
			f.Close()
			t.Errorf("%s was opened", path)
			continue
		}
		if _, ok := mistake.Text(err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

// TestSaveLeavesNothingBehind checks that a copy that fails leaves no file.
func TestSaveLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, err := Open([]string{dir}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	broken := errors.New("broken")
	for name, from := range map[string]io.Reader{
		"fails":  io.MultiReader(strings.NewReader("abc"), errorReader{broken}),
		"grows":  strings.NewReader("0123456789"),
		"shrank": strings.NewReader("0"),
	} {
		to, err := h.target(filepath.Join(dir, name), "x", false)
		if err != nil {
			t.Fatal(err)
		}
		if err := to.write(from, 5); err == nil {
			t.Errorf("%s: no error", name)
		} else if name == "fails" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}

func TestSaveDoesNotReplaceWhatCameMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, err := Open([]string{dir}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	to, err := h.target(filepath.Join(dir, "a"), "x", false)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := to.write(strings.NewReader("second"), 6); err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("got %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || !bytes.Equal(data, []byte("first")) {
		t.Errorf("the file holds %q, %v", data, err)
	}
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }
