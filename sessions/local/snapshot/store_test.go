package snapshot

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestPrune keeps the snapshots that were used last, and those
// that a server uses.
func TestPrune(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), folder)
	if err := os.Mkdir(parent, 0o700); err != nil {
		t.Fatal(err)
	}
	const own, recent, older, third = "0000000000000001", "0000000000000002", "0000000000000003", "0000000000000004"
	const inUse, ancient = "0000000000000005", "0000000000000006"
	for name, age := range map[string]time.Duration{
		own: 0, recent: time.Hour, older: 2 * time.Hour, third: 3 * time.Hour,
		inUse: 4 * time.Hour, ancient: 30 * 24 * time.Hour,
		"making-1": time.Minute, "making-2": 2 * time.Hour, "making-notes": 2 * time.Hour, "holiday": 30 * 24 * time.Hour,
	} {
		dir := filepath.Join(parent, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "pages.img"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	// Servers that are gone left locks, whose times an earlier version did not set.
	for _, name := range []string{recent, older, third, inUse, ancient} {
		path := filepath.Join(parent, name+".use")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-100 * 24 * time.Hour)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	other := cachedir.NewLock(filepath.Join(parent, inUse+".use")) // of another server
	if err := other.RLock(); err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	cache := snapshotsIn(filepath.Dir(parent), zerolog.Nop())
	cache.Prune(own, maxSnapshots, maxAge)
	check := func(want ...string) {
		t.Helper()
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			if e.IsDir() {
				got = append(got, e.Name())
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("left are %v, want %v", got, want)
		}
	}
	check(own, recent, older, inUse, "holiday", "making-1", "making-notes")

	// Age alone is a reason too.
	at := time.Now().Add(-8 * 24 * time.Hour)
	if err := os.Chtimes(filepath.Join(parent, recent), at, at); err != nil {
		t.Fatal(err)
	}
	other.Close()
	cache.Prune(own, maxSnapshots, maxAge)
	check(own, older, inUse, "holiday", "making-1", "making-notes")
}
