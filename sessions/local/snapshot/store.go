package snapshot

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
	"dynamic-sessions-mcp/sessions/local/delta"
)

const (
	folder = "snapshots"

	// maxSnapshots is how many snapshots are kept: each build of the program,
	// and each combination of limits, has its own.
	maxSnapshots = 3
	// maxAge is how long a snapshot that nobody uses is kept.
	maxAge = 7 * 24 * time.Hour
	// retryAfter is how long Open makes no snapshot after it could not make one,
	// as on a full disk.
	retryAfter = time.Minute
	// patience is how long Open waits for another process that makes one.
	patience = time.Minute
	// abandonedAfter is how old one that is being made must be to be given up.
	// Earlier versions hold no lock while they make it.
	abandonedAfter = time.Hour
)

// errNotNow says that there is no snapshot, and that it is too early to try again
// to make one.
var errNotNow = errors.New("there is no snapshot, as it could not be made a moment ago")

// Options of a [Store].
type Options struct {
	// CacheDir is the program's cache folder.
	CacheDir string
	// SystemDir is a folder that may have snapshots for all users, see
	// [cachedir.Shared]. They are looked at first.
	SystemDir string
	// Of says which snapshot fits.
	Of Of
	// Take writes the state of an interpreter that has run nothing into the
	// empty folder dir. Open calls it, once at a time.
	Take func(dir string) error
	// Progress is told when a snapshot is being made. It must not block.
	Progress func(text string)
	// Logger is told of damaged snapshots, and of those that were removed.
	Logger zerolog.Logger
}

// A Store finds the snapshot that fits, or makes it. Its methods may be called
// concurrently, except Open, which is called by one at a time. Close it when no
// interpreter is left that came from it.
type Store struct {
	opts  Options
	key   func() (string, error)
	retry time.Time // when making a snapshot may be tried again; Open's own
	bases bases

	mu      sync.Mutex
	current *cachestore.Item // nil before Open and after DropIfDamaged
	files   fileTimes        // of current, from before it was checked
	held    *cachestore.Item // the last that was current
}

// New returns a store. It touches no disk.
func New(opts Options) *Store {
	return &Store{opts: opts, key: sync.OnceValues(opts.Of.key)}
}

// Key returns the name of the snapshot that fits, which also says what can run a
// state that was made of it.
func (s *Store) Key() (string, error) { return s.key() }

// Open returns the folder of the snapshot that fits, and makes it if there is
// none that is whole. The folder stays until the store is closed. Open gives up
// waiting for other processes when ctx ends.
func (s *Store) Open(ctx context.Context) (dir string, err error) {
	key, err := s.key()
	if err != nil {
		return "", err
	}
	if dir, files, ok := s.shared(key); ok {
		return dir, s.hold(cachestore.Lent(dir), files)
	}
	if _, err := cachedir.Subfolder(s.opts.CacheDir, folder); err != nil {
		return "", err
	}
	cache := s.cache()
	defer cache.Prune(key, maxSnapshots, maxAge)
	files := timesOf(cache.Path(key))
	item, err := cache.Use(ctx, key)
	switch {
	case cachestore.Missing(err):
		item, err = s.make(ctx, cache, key, err)
		files = timesOf(cache.Path(key))
	case err != nil:
		err = fmt.Errorf("looking at the snapshot: %w", err)
	}
	if err != nil {
		return "", err
	}
	return item.Dir, s.hold(item, files)
}

// cache is the part of the cache folder that has the snapshots.
func (s *Store) cache() *cachestore.Store {
	return snapshotsIn(s.opts.CacheDir, s.opts.Logger)
}

func snapshotsIn(cacheDir string, log zerolog.Logger) *cachestore.Store {
	return &cachestore.Store{
		Dir:            filepath.Join(cacheDir, folder),
		Items:          snapshots(),
		Builds:         cachedir.Kind{Form: regexp.MustCompile(`^making-[0-9]+$`), Proof: []string{cachedir.Marker, delta.CheckpointFile, delta.PagesFile}},
		BuildPrefix:    "making-",
		Lock:           "lock",
		Patience:       patience,
		AbandonedAfter: abandonedAfter,
		Noun:           "a snapshot",
		Logger:         log,
	}
}

// snapshots is the kind of the folders that are snapshots.
func snapshots() cachedir.Kind {
	return cachedir.Kind{
		Form:  regexp.MustCompile(`^[0-9a-f]{16}$`),
		Proof: []string{cachestore.SumsFile, delta.CheckpointFile, delta.PagesFile},
	}
}

// make makes the snapshot, for the reason why there is none.
func (s *Store) make(ctx context.Context, cache *cachestore.Store, key string, reason error) (*cachestore.Item, error) {
	if errors.Is(reason, cachestore.ErrDamaged) {
		s.opts.Logger.Warn().Err(reason).Msg("the snapshot is damaged and is made again")
	}
	if time.Now().Before(s.retry) {
		return nil, errNotNow
	}
	s.opts.Progress("taking a snapshot of a warm interpreter (once)")
	waiting := func() { s.opts.Progress("waiting: another server is taking a snapshot of a warm interpreter") }
	item, err := cache.Build(ctx, key, waiting, func(dir, _ string) error { return s.opts.Take(dir) })
	if err != nil {
		s.retry = time.Now().Add(retryAfter)
		return nil, fmt.Errorf("making a snapshot: %w", err)
	}
	return item, nil
}

// hold makes an item the current snapshot, in place of the last.
func (s *Store) hold(item *cachestore.Item, files fileTimes) error {
	s.mu.Lock()
	last := s.held
	s.current, s.held, s.files = item, item, files
	s.mu.Unlock()
	if last == nil {
		return nil
	}
	return last.Close()
}

// DropIfDamaged looks at the current snapshot again, as no interpreter could be
// restored from it. It reports whether the snapshot is to blame, being damaged or
// gone; the next Open then makes it again. Most failures are not the snapshot's:
// the disk was full, or the sandbox was killed.
func (s *Store) DropIfDamaged() bool {
	dir := s.currentDir()
	at := cachestore.Store{Dir: filepath.Dir(dir), Items: snapshots()}
	files := timesOf(dir)
	damaged := dir == "" || cachestore.Missing(at.Verify(filepath.Base(dir)))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files = files
	if damaged {
		s.current = nil
	}
	return damaged
}

// currentDir returns the folder of the current snapshot, "" if there is none.
func (s *Store) currentDir() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		return ""
	}
	return s.current.Dir
}

// Close gives up the snapshot and what states need of others.
func (s *Store) Close() error {
	err := s.bases.close()
	s.mu.Lock()
	held := s.held
	s.current, s.held = nil, nil
	s.mu.Unlock()
	if held != nil {
		err = errors.Join(err, held.Close())
	}
	return err
}
