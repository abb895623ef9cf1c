package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestPruneEngines removes builds of the runtime that were unused for a week and
// all but the last few, also those of earlier versions, and nothing that only has
// such a name.
func TestPruneEngines(t *testing.T) {
	t.Parallel()
	cache := t.TempDir()
	const old, used, recent, more, fourth, foreign = "engine-000000000001", "engine-000000000002", "engine-000000000003", "engine-000000000004", "engine-000000000005", "engine-000000000006"
	for name, age := range map[string]time.Duration{
		old: 2 * engineAge, used: 2 * engineAge, recent: time.Hour, more: 2 * time.Hour, fourth: 3 * time.Hour, foreign: 2 * engineAge, "engine-notes": 2 * engineAge,
	} {
		dir, file := filepath.Join(cache, name), engineFile
		if name == foreign {
			file = "piston"
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		at := time.Now().Add(-age)
		for _, path := range []string{filepath.Join(dir, file), dir + ".use"} {
			if err := os.WriteFile(path, nil, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.Chtimes(dir, at, at), os.Chtimes(dir+".use", at, at)); err != nil {
			t.Fatal(err)
		}
	}
	inUse := cachedir.NewLock(filepath.Join(cache, used+".use"))
	if err := inUse.RLock(); err != nil {
		t.Fatal(err)
	}
	defer inUse.Close()
	PruneEngines(cache, zerolog.Nop())
	for name, want := range map[string]bool{old: false, used: true, recent: true, more: true, fourth: true, foreign: true, "engine-notes": true} {
		if _, err := os.Lstat(filepath.Join(cache, name)); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", name, err == nil, want)
		}
	}
	// Another one is one too many.
	if _, err := engineStore(cache).Build(t.Context(), "engine-00000000000a", nil, func(dir, _ string) error {
		return os.WriteFile(filepath.Join(dir, engineFile), []byte("runtime"), 0o700)
	}); err != nil {
		t.Fatal(err)
	}
	PruneEngines(cache, zerolog.Nop())
	for name, want := range map[string]bool{"engine-00000000000a": true, recent: true, more: true, fourth: false, used: true} {
		if _, err := os.Lstat(filepath.Join(cache, name)); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", name, err == nil, want)
		}
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
