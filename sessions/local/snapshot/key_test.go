package snapshot

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuildID checks that binaries which differ have different IDs, with and without
// an ID of Go's linker.
func TestBuildID(t *testing.T) {
	own, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	given := linkerID(os.Args[0])
	if len(given) < 20 || bytes.Count(own, []byte(given)) == 0 {
		t.Fatalf("the linker's ID of this test is %q", given)
	}
	changed := func(data []byte, old, new string) []byte {
		return bytes.ReplaceAll(data, []byte(old), []byte(new))
	}
	without := changed(own, ".note.go.buildid\x00", ".note.no.buildid\x00")
	ids := map[string]string{}
	for _, b := range []struct {
		name  string
		data  []byte
		given bool
	}{
		{"own", own, true},
		{"twin", own, true},
		{"other", changed(own, given, strings.Repeat("x", len(given))), true},
		{"without", without, false},
		{"without, other", append(bytes.Clone(without), 0), false},
		{"cut off", own[:len(own)/2], false},
		{"a script", []byte("#!/bin/sh\n"), false},
		{"nothing", nil, false},
	} {
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, b.data, 0o600); err != nil {
			t.Fatal(err)
		}
		id, err := buildID(path)
		if err != nil || !strings.HasPrefix(id, "program-") {
			t.Fatalf("%s: %q, %v", b.name, id, err)
		}
		if (linkerID(path) != "") != b.given {
			t.Errorf("%s: the linker's ID is %q", b.name, linkerID(path))
		}
		for name, other := range ids {
			if (id == other) != (name == "own" && b.name == "twin") {
				t.Errorf("%s and %s: %q, %q", b.name, name, id, other)
			}
		}
		ids[b.name] = id
	}
	if _, err := buildID(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a binary that is not there has an ID")
	}
}
