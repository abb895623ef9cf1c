package cachestore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

const (
	one   = "item-1"
	two   = "item-2"
	three = "item-3"
	four  = "item-4"
)

// testStore returns a store of items with checksums in a folder.
func testStore(dir string) *Store {
	return &Store{
		Dir:         dir,
		Items:       cachedir.Kind{Form: regexp.MustCompile(`^item-[0-9]$`), Proof: []string{SumsFile, "content"}},
		Builds:      cachedir.Kind{Form: regexp.MustCompile(`^build-[0-9]+$`), Proof: []string{cachedir.Marker}},
		BuildPrefix: "build-",
		Lock:        "store.lock",
		Noun:        "an item",
		Logger:      zerolog.Nop(),
	}
}

// fill is what builds an item.
func fill(dir, _ string) error {
	return os.WriteFile(filepath.Join(dir, "content"), []byte("content"), 0o600)
}

func notCalled(t *testing.T) func(dir, scratch string) error {
	return func(string, string) error { t.Error("built again"); return nil }
}

// build builds an item and releases it.
func build(t *testing.T, s *Store, key string) {
	t.Helper()
	item, err := s.Build(t.Context(), key, nil, fill)
	if err != nil {
		t.Fatal(err)
	}
	item.Close()
}

// names returns what is in a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func checkNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	if got := names(t, dir); !slices.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
}

// age makes an item look as if it had been used for the last time some time ago.
func age(t *testing.T, s *Store, key string, ago time.Duration) {
	t.Helper()
	at := time.Now().Add(-ago)
	if err := errors.Join(os.Chtimes(s.Path(key), at, at), os.Chtimes(s.Path(key)+useSuffix, at, at)); err != nil {
		t.Fatal(err)
	}
}

func TestBuildAndUse(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	if _, err := s.Use(t.Context(), one); !Missing(err) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("used what is not there: %v", err)
	}
	built, err := s.Build(t.Context(), one, nil, func(dir, scratch string) error {
		if err := os.WriteFile(filepath.Join(scratch, "notes"), nil, 0o600); err != nil {
			return err
		}
		return fill(dir, scratch)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer built.Close()
	used, err := s.Use(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	again, err := s.Build(t.Context(), one, nil, notCalled(t))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if want := filepath.Join(s.Dir, one); built.Dir != want || used.Dir != want || again.Dir != want {
		t.Errorf("the item is in %s, %s and %s", built.Dir, used.Dir, again.Dir)
	}
	checkNames(t, s.Dir, one, one+useSuffix, "store.lock")
	checkNames(t, built.Dir, "content", SumsFile)
}

// TestFailedBuild leaves nothing, and the next one builds.
func TestFailedBuild(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	failure := errors.New("no luck")
	_, err := s.Build(t.Context(), one, nil, func(dir, scratch string) error { return errors.Join(fill(dir, scratch), failure) })
	if !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	checkNames(t, s.Dir, one+useSuffix, "store.lock")
	build(t, s, one)
}

// TestDamaged finds what has changed in an item, and replaces it while it is in
// use.
func TestDamaged(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	build(t, s, one)
	inUse, err := s.Use(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	defer inUse.Close()
	for name, damage := range map[string]func(dir string) error{
		"changed":         func(dir string) error { return os.WriteFile(filepath.Join(dir, "content"), []byte("Content"), 0o600) },
		"cut off":         func(dir string) error { return os.Truncate(filepath.Join(dir, "content"), 3) },
		"missing":         func(dir string) error { return os.Remove(filepath.Join(dir, "content")) },
		"one too many":    func(dir string) error { return os.WriteFile(filepath.Join(dir, "more"), nil, 0o600) },
		"sums cut off":    func(dir string) error { return os.Truncate(filepath.Join(dir, SumsFile), 5) },
		"without sums":    func(dir string) error { return os.Remove(filepath.Join(dir, SumsFile)) },
		"sums of nothing": func(dir string) error { return os.WriteFile(filepath.Join(dir, SumsFile), []byte("{}"), 0o600) },
	} {
		if err := damage(s.Path(one)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Use(t.Context(), one); !Missing(err) {
			t.Errorf("%s: used: %v", name, err)
		}
		build(t, s, one)
		if err := s.Verify(one); err != nil {
			t.Errorf("%s: built again: %v", name, err)
		}
	}
	checkNames(t, s.Dir, one, one+useSuffix, "store.lock")
}

// TestUnreadable does not take what cannot be read for damaged.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	failure := errors.New("too many open files")
	s.Check = func(string, string) error { return failure }
	for _, err := range []error{
		func() error { _, err := s.Use(t.Context(), one); return err }(),
		func() error { _, err := s.Build(t.Context(), one, nil, notCalled(t)); return err }(),
	} {
		if Missing(err) || !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
	}
}

// TestForeign neither replaces nor removes what is not of the kind.
func TestForeign(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	s := testStore(dir)
	for _, path := range []string{s.Path(one + "/thesis"), s.Path("build-1/thesis"), s.Path("build-notes/" + cachedir.Marker), s.Path("notes"), s.Path(two + useSuffix)} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(fill(outside, ""), os.Symlink(outside, s.Path(three))); err != nil {
		t.Fatal(err)
	}
	before := names(t, dir)
	for key, want := range map[string]string{one: "move it away", three: "is a link"} {
		_, err := s.Build(t.Context(), key, nil, notCalled(t))
		if !errors.Is(err, cachedir.ErrUnusable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", key, err)
		}
	}
	s.Prune("", 1, 0)
	for _, name := range append(before, one+"/thesis", "build-1/thesis") {
		if _, err := os.Lstat(s.Path(name)); err != nil {
			t.Error(err)
		}
	}
	checkNames(t, outside, "content")
}

// TestLent uses an item that the user lends to another cache folder, whose owner
// then does not remove it; nobody repairs or removes it there.
func TestLent(t *testing.T) {
	t.Parallel()
	owner, borrower := testStore(t.TempDir()), testStore(t.TempDir())
	build(t, owner, one)
	for _, name := range []string{one, one + useSuffix} {
		if err := os.Symlink(owner.Path(name), borrower.Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	item, err := borrower.Use(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	age(t, owner, one, time.Hour)
	owner.Prune("", 0, time.Minute)
	if err := owner.Verify(one); err != nil {
		t.Errorf("its owner removed what is in use: %v", err)
	}
	item.Close()
	borrower.Prune("", 1, 0)
	if err := owner.Verify(one); err != nil {
		t.Errorf("removed through a link: %v", err)
	}
	owner.Prune("", 0, time.Minute)
	if err := owner.Verify(one); err == nil {
		t.Error("its owner cannot remove it")
	}
}

// TestLocksFollowNoLinks: a use lock that is a link with another name is nobody's.
func TestLocksFollowNoLinks(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	s := testStore(t.TempDir())
	for _, name := range []string{one + useSuffix, s.Lock} {
		if err := os.Symlink(filepath.Join(outside, "another"), s.Path(name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Use(t.Context(), one); !errors.Is(err, cachedir.ErrUnusable) {
		t.Errorf("used: %v", err)
	}
	if _, err := s.Build(t.Context(), two, nil, notCalled(t)); !errors.Is(err, cachedir.ErrUnusable) {
		t.Errorf("built: %v", err)
	}
	checkNames(t, outside)
}

const day = 24 * time.Hour

// TestUseLockIsReplaced has a use lock removed with its item between the moments
// that a user opens it and locks it: the user takes the new one.
func TestUseLockIsReplaced(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	build(t, s, one)
	removing, unused := tryLockUnused(s.Path(one))
	if !unused {
		t.Fatal("the item is in use")
	}
	early := newUseLock(s.Path(one)) // opened before the file goes
	if locked, err := early.TryRLock(); err != nil || locked {
		t.Fatalf("locked: %v, %v", locked, err)
	}
	used := make(chan error)
	go func() {
		lock, err := lockUse(t.Context(), s.Path(one))
		if err == nil && !hasItsName(lock) {
			err = errors.New("it holds a lock that nobody finds")
		}
		used <- err
	}()
	if err := errors.Join(s.discard(one), os.Remove(removing.Path()), removing.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-used; err != nil {
		t.Error(err)
	}
}

// TestStaleLock tells a lock whose file has lost its name.
func TestStaleLock(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	lock, err := lockUse(t.Context(), s.Path(one))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if !hasItsName(lock) {
		t.Error("a lock that was just taken is stale")
	}
	if err := os.Remove(lock.Path()); err != nil {
		t.Fatal(err)
	}
	if hasItsName(lock) {
		t.Error("a lock without a file is not stale")
	}
	other, err := lockUse(t.Context(), s.Path(one))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if hasItsName(lock) {
		t.Error("a lock whose file was replaced is not stale")
	}
}

// TestWaiting tells a builder that another one holds the lock, and ends the wait
// with the context or the patience.
func TestWaiting(t *testing.T) {
	t.Parallel()
	s := testStore(t.TempDir())
	lock := cachedir.NewLock(s.Path(s.Lock))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := s.Build(ctx, one, cancel, notCalled(t)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait returned %v", err)
	}
	s.Patience = cachedir.LockPoll
	waits := 0
	if _, err := s.Build(t.Context(), one, func() { waits++ }, notCalled(t)); !errors.Is(err, errBusy) || waits != 1 {
		t.Errorf("the wait was told %d times and returned %v", waits, err)
	}
}

// TestReadOnly has a folder in which nothing can be made.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	s := testStore(t.TempDir())
	build(t, s, one)
	if err := os.Chmod(s.Dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(s.Dir, 0o700)
	// What is there can be used.
	item, err := s.Use(t.Context(), one)
	if err != nil {
		t.Fatal(err)
	}
	item.Close()
	for _, err := range []error{
		func() error { _, err := s.Use(t.Context(), two); return err }(),
		func() error { _, err := s.Build(t.Context(), two, nil, notCalled(t)); return err }(),
	} {
		if !errors.Is(err, cachedir.ErrUnusable) && !errors.Is(err, fs.ErrPermission) || Missing(err) {
			t.Errorf("got %v", err)
		}
	}
	age(t, s, one, day)
	s.Prune("", 0, time.Hour)
	if err := s.Verify(one); err != nil {
		t.Errorf("what cannot be removed is damaged: %v", err)
	}
}
