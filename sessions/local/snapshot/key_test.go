package snapshot

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuildID checks that binaries which differ have different IDs, with and without
// an ID of Go's linker.
func TestBuildID(t *testing.T) {
	dir := t.TempDir()
	ids := map[string]string{}
	for name, b := range map[string]struct{ text, flags string }{
		"one":        {"one", ""},
		"other":      {"other", ""},
		"one's twin": {"one", ""},
		"without":    {"one", "-buildid="},
		"neither":    {"other", "-buildid="},
		"stripped":   {"one", "-s -w"},
	} {
		source := filepath.Join(dir, "main.go")
		if err := os.WriteFile(source, []byte("package main\nfunc main() { println(`"+b.text+"`) }\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		binary := filepath.Join(dir, name, "program")
		if out, err := exec.Command("go", "build", "-trimpath", "-ldflags="+b.flags, "-o", binary, source).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		id, err := buildID(binary)
		if err != nil || !strings.HasPrefix(id, "program-") || len(id) < 16 {
			t.Fatalf("%s: %q, %v", name, id, err)
		}
		if given := linkerID(binary); (given == "") != strings.Contains(b.flags, "buildid") {
			t.Errorf("%s: the linker's ID is %q", name, given)
		}
		ids[name] = id
	}
	if ids["one"] != ids["one's twin"] {
		t.Errorf("equal binaries: %q, %q", ids["one"], ids["one's twin"])
	}
	seen := map[string]string{}
	for name, id := range ids {
		if other, ok := seen[id]; ok && name != "one" && name != "one's twin" {
			t.Errorf("%s and %s: %q", name, other, id)
		}
		seen[id] = name
	}
	if _, err := buildID(filepath.Join(dir, "none")); err == nil {
		t.Error("a binary that is not there has an ID")
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if id, err := buildID(text); err != nil || !strings.HasPrefix(id, "text-10-") {
		t.Errorf("a script: %q, %v", id, err)
	}
}
