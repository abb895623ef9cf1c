package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// stuckFolders are folders on a disk that, from some moment on, makes or removes
// none until it is released.
type stuckFolders struct {
	hostFolders
	making, removing atomic.Bool   // what is stuck
	reached          chan struct{} // says that something is stuck now
	release          chan struct{}
}

func newStuckFolders() *stuckFolders {
	return &stuckFolders{reached: make(chan struct{}, 16), release: make(chan struct{})}
}

func (f *stuckFolders) wait(on *atomic.Bool) {
	if on.Load() {
		f.reached <- struct{}{}
		<-f.release
	}
}

func (f *stuckFolders) MkdirTemp(dir, pattern string) (string, error) {
	f.wait(&f.making)
	return f.hostFolders.MkdirTemp(dir, pattern)
}

func (f *stuckFolders) RemoveTree(dir string) error {
	f.wait(&f.removing)
	return f.hostFolders.RemoveTree(dir)
}

// within fails the test if calls do not return although nothing of theirs is stuck.
func within(t *testing.T, what string, calls func(ctx context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- calls(ctx) }()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	case <-ctx.Done():
		t.Fatalf("%s: another session's disk delays it", what)
	}
}

// use calls everything that a pool offers for a session that is there.
func use(p *Pool, id sessions.ID) func(context.Context) error {
	return func(ctx context.Context) error {
		_, uploaded := p.Upload(ctx, id, "f", strings.NewReader("text"))
		_, stat := p.Stat(ctx, id, "f")
		_, listed := p.List(ctx, id, "", true)
		_, described := p.Describe(ctx, id)
		_, all := p.Sessions(ctx)
		return errors.Join(uploaded, stat, listed, described, all)
	}
}

// TestSlowFolders has the disk be stuck where the folder of one session is made,
// and where that of another is removed. No call of a third is delayed, and the
// first two go on when the disk does.
func TestSlowFolders(t *testing.T) {
	t.Parallel()
	disk := newStuckFolders()
	p := testPool(t, Options{Isolation: None, Warm: -1, folders: disk})
	made, removed, other := sessions.NewID(), sessions.NewID(), sessions.NewID()
	for _, id := range []sessions.ID{removed, other} {
		within(t, "before", use(p, id))
	}

	disk.making.Store(true)
	making := make(chan error, 1)
	go func() {
		_, err := p.Upload(t.Context(), made, "f", strings.NewReader("text"))
		making <- err
	}()
	<-disk.reached
	within(t, "while a folder is made", use(p, other))
	if _, err := p.Describe(t.Context(), made); !errors.Is(err, sessions.ErrNoSession) {
		t.Errorf("a session whose folder is being made: %v", err)
	}
	given, giveUp := context.WithCancel(t.Context())
	giveUp()
	if _, err := p.Stat(given, made, "f"); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that is given up: %v", err)
	}

	disk.removing.Store(true)
	removing := make(chan error, 1)
	go func() { removing <- p.Stop(t.Context(), removed) }()
	<-disk.reached
	within(t, "while a folder is removed", use(p, other))
	within(t, "a call of the session that is removed, which begins anew", func(ctx context.Context) error {
		disk.making.Store(false)
		return use(p, removed)(ctx)
	})

	disk.removing.Store(false)
	close(disk.release)
	if err := errors.Join(<-making, <-removing); err != nil {
		t.Error(err)
	}
	within(t, "afterwards", use(p, made))
}

// TestStopWhileOpening stops a session whose folder is not made yet.
func TestStopWhileOpening(t *testing.T) {
	t.Parallel()
	disk := newStuckFolders()
	disk.making.Store(true)
	p := testPool(t, Options{Isolation: None, Warm: -1, folders: disk})
	id := sessions.NewID()
	making := make(chan error, 1)
	go func() {
		_, err := p.Upload(t.Context(), id, "f", strings.NewReader("text"))
		making <- err
	}()
	<-disk.reached
	stopped := make(chan error, 1)
	go func() { stopped <- p.Stop(t.Context(), id) }()
	for sessionOf(p, id) != nil {
		<-time.After(time.Millisecond)
	}
	close(disk.release)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if err := <-making; err != nil && !errors.Is(err, sessions.ErrNoSession) {
		t.Errorf("the call that began the session: %v", err)
	}
	w, err := p.workspace.Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(w.Dir(), "box-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// brokenFolders cannot make any.
type brokenFolders struct{ hostFolders }

var errBroken = errors.New("no folders today")

func (brokenFolders) MkdirTemp(string, string) (string, error) { return "", errBroken }

// TestFolderCannotBeMade leaves no session behind, and says why.
func TestFolderCannotBeMade(t *testing.T) {
	t.Parallel()
	p := testPool(t, Options{Isolation: None, Warm: -1, folders: brokenFolders{}})
	for range 2 {
		_, err := p.Upload(t.Context(), "broken", "f", strings.NewReader("text"))
		if !errors.Is(err, sessions.ErrUnavailable) || !errors.Is(err, errBroken) {
			t.Errorf("%v", err)
		}
	}
	if all, err := p.Sessions(t.Context()); err != nil || len(all) > 0 {
		t.Errorf("there are %+v, %v", all, err)
	}
	if err := p.Stop(t.Context(), "broken"); err != nil {
		t.Error(err)
	}
}

// TestSlowRemovalOfNamedSession has what an earlier server left of a session that
// is too old be removed, which takes long. Calls of other sessions are not delayed.
func TestSlowRemovalOfNamedSession(t *testing.T) {
	t.Parallel()
	disk := newStuckFolders()
	cache, id := t.TempDir(), sessions.NewID()
	if err := leaveOldSession(cache, id); err != nil {
		t.Fatal(err)
	}
	p := testPool(t, Options{CacheDir: cache, Python: "/nowhere/python3", Named: id, Warm: -1, folders: disk})
	disk.removing.Store(true)
	found := make(chan error, 1)
	go func() {
		_, err := p.Upload(t.Context(), id, "f", strings.NewReader("text"))
		found <- err
	}()
	<-disk.reached
	within(t, "while the old session is removed", use(p, sessions.NewID()))
	disk.removing.Store(false)
	close(disk.release)
	if err := <-found; err != nil {
		t.Error(err)
	}
	if l, err := p.List(t.Context(), id, "", true); err != nil || len(l.Files) != 1 || l.Files[0].Name != "f" {
		t.Errorf("the session has %+v, %v; want only what was uploaded", l.Files, err)
	}
}

// leaveOldSession leaves a named session in a cache folder that nobody has used for
// a week.
func leaveOldSession(cache string, id sessions.ID) error {
	if _, err := cachedir.Open(cache); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(id))
	instance := filepath.Join(cache, namedParent, hex.EncodeToString(sum[:16]), instanceDir)
	old := time.Now().Add(-7 * 24 * time.Hour)
	return errors.Join(
		os.MkdirAll(filepath.Join(instance, "data"), 0o700),
		os.WriteFile(filepath.Join(instance, "data", "old"), nil, 0o600),
		os.WriteFile(filepath.Join(instance, usedFile), nil, 0o600),
		os.Chtimes(filepath.Join(instance, usedFile), old, old))
}
