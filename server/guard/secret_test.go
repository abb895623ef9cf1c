package guard

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadSecret(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made := filepath.Join(dir, "made")
	secret, err := ReadSecret(made, "--flag")
	again, err2 := ReadSecret(made, "--flag")
	if err != nil || err2 != nil || len(secret) < minSecret || secret != again || Exposed(made) {
		t.Errorf("made %q, %v; read %q, %v", secret, err, again, err2)
	}
	for content, want := range map[string]string{
		"0123456789abcdef\r\n":         "0123456789abcdef",
		" \t0123456789abcdef\n\n":      "0123456789abcdef",
		"":                             "",
		"short\n":                      "",
		"0123456789abcdef another":     "",
		"\ufeff0123456789abcdef":       "",
		"0123456789abcdefg\x00":        "",
		"pässword-of-enough-bytes":     "",
		strings.Repeat("\x80\xff", 20): "",
	} {
		path := filepath.Join(dir, "given")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadSecret(path, "--flag")
		if got != want || (err == nil) != (want != "") || err != nil && (!strings.Contains(err.Error(), "--flag") || !strings.Contains(err.Error(), path)) {
			t.Errorf("%q: %q, %v", content, got, err)
		}
	}
	if _, err := ReadSecret(filepath.Join(dir, "none", "x"), "--flag"); err == nil || !strings.Contains(err.Error(), "folder must exist") {
		t.Errorf("got %v", err)
	}
}
