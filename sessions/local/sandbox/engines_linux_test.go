package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestPruneEngines removes builds of the runtime that were unused for a week,
// and nothing that only has such a name.
func TestPruneEngines(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	const old, used, recent, unknown, foreign = "engine-000000000001", "engine-000000000002", "engine-000000000003", "engine-000000000004", "engine-000000000005"
	long := time.Now().Add(-2 * engineAge)
	for name, file := range map[string]string{
		old: engineFile, used: engineFile, recent: engineFile, unknown: engineFile, foreign: "piston", "engine-notes": engineFile,
	} {
		dir := filepath.Join(cache, name)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o700); err != nil {
			t.Fatal(err)
		}
		if name == unknown {
			continue
		}
		lock, err := useEngine(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer lock.Close()
		if name != used {
			lock.Close()
		}
		if name != recent {
			if err := os.Chtimes(dir+".use", long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Symlink(filepath.Join(cache, old), filepath.Join(cache, "engine-000000000006")); err != nil {
		t.Fatal(err)
	}
	prune := func() (removed []string) {
		PruneEngines(cache, func(name string) { removed = append(removed, name) })
		return removed
	}
	if removed := prune(); !slices.Equal(removed, []string{old}) {
		t.Errorf("removed %v, want %s", removed, old)
	}
	for name, want := range map[string]bool{old: false, used: true, recent: true, unknown: true, foreign: true, "engine-notes": true, "engine-000000000006": true} {
		if _, err := os.Lstat(filepath.Join(cache, name)); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", name, err == nil, want)
		}
	}
	// The week of one whose use nobody took down begins when it is found.
	if err := os.Chtimes(filepath.Join(cache, unknown+".use"), long, long); err != nil {
		t.Fatal(err)
	}
	if removed := prune(); !slices.Equal(removed, []string{unknown}) {
		t.Errorf("removed %v, want %s", removed, unknown)
	}
}

// TestWorkspaceByItsLock leaves alone what took the place of a workspace, and
// what only looks like one.
func TestWorkspaceByItsLock(t *testing.T) {
	t.Parallel()
	parent, outside := t.TempDir(), t.TempDir()
	thesis := filepath.Join(outside, "thesis")
	for _, path := range []string{thesis, filepath.Join(outside, workspaceLock)} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"0123456789ab", "notes"} {
		if err := os.Mkdir(filepath.Join(parent, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(parent, "notes", workspaceLock), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(parent, "abcdefabcdef")); err != nil {
		t.Fatal(err)
	}
	w, err := NewWorkspace(parent)
	if err != nil {
		t.Fatal(err)
	}
	if w.Abandoned() != 0 {
		t.Errorf("%d were taken for abandoned", w.Abandoned())
	}
	for _, name := range []string{"0123456789ab", "notes", "abcdefabcdef"} {
		if _, err := os.Lstat(filepath.Join(parent, name)); err != nil {
			t.Error(err)
		}
	}
	if err := os.Rename(w.Dir(), filepath.Join(parent, "moved")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(parent, "notes"), w.Dir()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("closing says nothing")
	}
	for _, path := range []string{w.Dir(), filepath.Join(parent, "moved"), thesis} {
		if _, err := os.Lstat(path); err != nil {
			t.Error(err)
		}
	}
}
