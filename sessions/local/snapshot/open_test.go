package snapshot

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/delta"
)

// testOptions are options of a store in an empty cache folder, with a snapshot of
// two pages. taken counts how often it was taken.
func testOptions(t *testing.T) (opts Options, taken *int) {
	t.Helper()
	kernel := t.TempDir()
	if err := os.WriteFile(filepath.Join(kernel, "kernel.py"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken = new(int)
	return Options{
		CacheDir: t.TempDir(),
		Of:       Of{Binary: os.Args[0], Python: "python-3", Kernel: kernel, Spec: "a sandbox"},
		Take: func(dir string) error {
			*taken++
			pages := bytes.Repeat([]byte{byte(*taken)}, 2*delta.PageSize)
			return errors.Join(os.WriteFile(filepath.Join(dir, delta.CheckpointFile), nil, 0o600), os.WriteFile(filepath.Join(dir, delta.PagesFile), pages, 0o600))
		},
		Progress: func(string) {},
		Logger:   zerolog.Nop(),
	}, taken
}

func open(t *testing.T, s *Store) string {
	t.Helper()
	dir, err := s.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestOpen takes a snapshot once, and again if it is damaged.
func TestOpen(t *testing.T) {
	t.Parallel()
	opts, taken := testOptions(t)
	s := New(opts)
	defer s.Close()
	dir := open(t, s)
	other := New(opts) // of another server
	defer other.Close()
	if again := open(t, other); again != dir || *taken != 1 {
		t.Errorf("two servers have %s and %s, taken %d times", dir, again, *taken)
	}
	if s.DropIfDamaged() {
		t.Error("a snapshot that is whole is blamed")
	}
	if last, err := Last(opts.CacheDir); err != nil || last.Dir != dir {
		t.Errorf("the last one is %v, %v", last, err)
	}
	if err := os.Truncate(filepath.Join(dir, delta.PagesFile), 100); err != nil {
		t.Fatal(err)
	}
	if !s.DropIfDamaged() {
		t.Error("a snapshot that is damaged is not blamed")
	}
	if b, err := s.Current(); err != nil || b.Sum() != "" {
		t.Errorf("a damaged snapshot is current: %v", err)
	}
	if again := open(t, s); again != dir || *taken != 2 {
		t.Errorf("it was taken %d times", *taken)
	}
}

// TestOpenOthers has another snapshot for everything that a snapshot is of.
func TestOpenOthers(t *testing.T) {
	t.Parallel()
	opts, _ := testOptions(t)
	other := filepath.Join(t.TempDir(), "binary")
	if err := os.WriteFile(other, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, of := range []Of{
		opts.Of,
		{other, opts.Of.Python, opts.Of.Kernel, opts.Of.Spec},
		{opts.Of.Binary, "python-4", opts.Of.Kernel, opts.Of.Spec},
		{opts.Of.Binary, opts.Of.Python, t.TempDir(), opts.Of.Spec},
		{opts.Of.Binary, opts.Of.Python, opts.Of.Kernel, "another"},
	} {
		key, err := of.key()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := of.key(); err != nil || again != key {
			t.Errorf("%v has the keys %s and %s, %v", of, key, again, err)
		}
		keys[key] = true
	}
	if len(keys) != 5 {
		t.Errorf("the keys are %v", keys)
	}
}

// TestOpenFails does not try again at once.
func TestOpenFails(t *testing.T) {
	t.Parallel()
	opts, _ := testOptions(t)
	failure, tries := errors.New("the disk is full"), 0
	opts.Take = func(string) error { tries++; return failure }
	s := New(opts)
	defer s.Close()
	if _, err := s.Open(t.Context()); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Open(t.Context()); !errors.Is(err, errNotNow) || tries != 1 {
		t.Errorf("tried %d times, %v", tries, err)
	}
}

// TestHold has a folder hold the pages that a state needs, so that a store that
// finds another snapshot, or none, has them.
func TestHold(t *testing.T) {
	t.Parallel()
	opts, _ := testOptions(t)
	s := New(opts)
	dir := open(t, s)
	current, err := s.Current()
	if err != nil || current.Sum() == "" {
		t.Fatalf("there is no current snapshot: %v", err)
	}
	folder := t.TempDir()
	for range 2 {
		if held := s.Hold(folder, current); held != current || len(Held(folder)) != 1 {
			t.Fatalf("the folder holds %v", Held(folder))
		}
	}
	key, err := s.Key()
	if err != nil {
		t.Fatal(err)
	}
	h := delta.Header{Runtime: key, Sum: current.Sum()}
	if err := errors.Join(s.Close(), os.RemoveAll(dir)); err != nil {
		t.Fatal(err)
	}
	next := New(opts)
	defer next.Close()
	if _, err := next.Needed(h, t.TempDir()); !errors.Is(err, delta.ErrState) {
		t.Errorf("without the pages: %v", err)
	}
	needed, err := next.Needed(h, folder)
	if err != nil || needed.Sum() != h.Sum {
		t.Fatalf("with the pages: %v", err)
	}
	if closest, err := next.Closest(h.Sum); err != nil || closest != needed {
		t.Errorf("the closest is another one: %v", err)
	}
	if _, err := next.Needed(delta.Header{Runtime: "another", Sum: h.Sum}, folder); !errors.Is(err, delta.ErrState) {
		t.Errorf("of another runtime: %v", err)
	}
	// What a later state does not need is given up.
	next.Hold(folder, delta.NewBase(nil, 0, ""))
	if held := Held(folder); len(held) != 0 {
		t.Errorf("the folder still holds %v", held)
	}
}

// TestShared uses a snapshot that is for all users, of which states are deltas as of
// any other, and its own where that is not whole.
func TestShared(t *testing.T) {
	t.Parallel()
	opts, taken := testOptions(t)
	cache, err := cachedir.Open(opts.CacheDir)
	if err != nil {
		t.Fatal(err)
	}
	admin := New(opts)
	made := open(t, admin)
	if err := errors.Join(admin.Close(), cachedir.Share(cache, folder)); err != nil {
		t.Fatal(err)
	}
	opts.CacheDir, opts.SystemDir = t.TempDir(), cache
	s := New(opts)
	defer s.Close()
	if dir := open(t, s); dir != made || *taken != 1 {
		t.Fatalf("the snapshot is %s, taken %d times", dir, *taken)
	}
	current, err := s.Current()
	if err != nil || current.Sum() == "" {
		t.Fatalf("there is no current snapshot: %v", err)
	}
	held := t.TempDir()
	if s.Hold(held, current) != current || len(Held(held)) != 0 {
		t.Errorf("the folder holds %v", Held(held))
	}
	key, err := s.Key()
	if err != nil {
		t.Fatal(err)
	}
	next := New(opts)
	defer next.Close()
	if needed, err := next.Needed(delta.Header{Runtime: key, Sum: current.Sum()}, held); err != nil || needed.Sum() != current.Sum() {
		t.Errorf("the next server does not find it: %v", err)
	}
	if s.DropIfDamaged() {
		t.Error("a snapshot that is whole is blamed")
	}
	if err := os.Truncate(filepath.Join(made, delta.PagesFile), 100); err != nil {
		t.Fatal(err)
	}
	if !s.DropIfDamaged() {
		t.Error("a snapshot that is damaged is not blamed")
	}
	if dir := open(t, s); dir == made || *taken != 2 {
		t.Errorf("the snapshot is %s, taken %d times", dir, *taken)
	}
}
