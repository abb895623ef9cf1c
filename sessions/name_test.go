package sessions_test

import (
	"errors"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

func TestCleanName(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt":               "a.txt",
		"/mnt/data/a.txt":     "a.txt",
		"/mnt/data//b//c.txt": "b/c.txt",
		"./a/./b/":            "a/b",
		"ünï code ☃.csv":      "ünï code ☃.csv",
		"CON":                 "CON",
		"%2e%2e%2fx":          "%2e%2e%2fx",
		"q?x=1&identifier=2":  "q?x=1&identifier=2",
		"..hidden..":          "..hidden..",
		"...":                 "...",
	} {
		if got, err := sessions.CleanName(name); err != nil || got != want {
			t.Errorf("CleanName(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestCleanNameRefuses(t *testing.T) {
	for name, why := range map[string]string{
		"":                        "empty",
		".":                       "empty",
		"/mnt/data":               "empty",
		"/mnt/data/":              "empty",
		"..":                      "..",
		"a/../b":                  "..",
		`..\x`:                    "backslash",
		"/etc/passwd":             "relative",
		"/mnt/data_evil/x":        "relative",
		"/mnt/data/../x":          "..",
		"a\x00b":                  "control",
		"a\nb":                    "control",
		"a\u202eb":                "control",
		"\xff":                    "UTF-8",
		strings.Repeat("n", 256):  "255",
		strings.Repeat("a/", 600): "1024",
	} {
		_, err := sessions.CleanName(name)
		if !errors.Is(err, sessions.ErrInvalidName) || !strings.Contains(err.Error(), why) {
			t.Errorf("CleanName(%.40q): %v, want an ErrInvalidName about %q", name, err, why)
		}
	}
}

func TestCleanDir(t *testing.T) {
	for dir, want := range map[string]string{"": "", ".": "", "/": "", "/mnt/data": "", "/mnt/data/": "", "a/b/": "a/b", "/mnt/data/a": "a"} {
		if got, err := sessions.CleanDir(dir); err != nil || got != want {
			t.Errorf("CleanDir(%q) = %q, %v; want %q", dir, got, err, want)
		}
	}
	if _, err := sessions.CleanDir("/mnt"); !errors.Is(err, sessions.ErrInvalidName) {
		t.Errorf("CleanDir(/mnt): %v", err)
	}
}

// FuzzCleanName looks for a name that leads out, and for one that is not a
// fixed point.
func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"a.txt", "/mnt/data/a", "../x", "a/../../x", "a//b", "\x00", "/mnt/data/mnt/data/x", "./.", ".../x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean, err := sessions.CleanName(name)
		if err != nil {
			if !errors.Is(err, sessions.ErrInvalidName) || !utf8.ValidString(err.Error()) {
				t.Errorf("CleanName(%q): %q", name, err)
			}
			return
		}
		joined := path.Join(sessions.DataDir, clean)
		if !strings.HasPrefix(joined, sessions.DataDir+"/") || joined != sessions.DataDir+"/"+clean {
			t.Errorf("CleanName(%q) = %q leads to %q", name, clean, joined)
		}
		if again, err := sessions.CleanName(clean); err != nil || again != clean {
			t.Errorf("CleanName(%q) = %q, %v", clean, again, err)
		}
		if full, err := sessions.CleanName(joined); err != nil || full != clean {
			t.Errorf("CleanName(%q) = %q, %v; want %q", joined, full, err, clean)
		}
	})
}
