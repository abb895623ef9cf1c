package cachestore

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// A Store is a folder with items of one kind. Its methods may be called
// concurrently, also by other processes and through other values that describe
// the same folder.
type Store struct {
	// Dir is the folder, which exists and is the program's: see [cachedir.Open]
	// and [cachedir.Subfolder]. Several stores may share it.
	Dir string
	// Items is the kind of the items. Their names are their keys.
	Items cachedir.Kind
	// Builds is the kind of the folders in which items are built. [cachedir.Marker]
	// is among its proofs.
	Builds cachedir.Kind
	// BuildPrefix begins the names of builds.
	BuildPrefix string
	// Lock is the name of the file of the store's lock.
	Lock string
	// Check returns nil if the folder dir is the item named key and is whole. The
	// error wraps [fs.ErrNotExist] if there is no item, [ErrDamaged] if it is not
	// whole, and is another one if that cannot be told now. If Check is nil,
	// items have checksums of their files, which Build writes.
	Check func(dir, key string) error
	// Patience is how long Build waits for another process that builds; 0 stands
	// for as long as it takes.
	Patience time.Duration
	// AbandonedAfter is how old a build must be to count as left by a dead
	// process. It is for builds by earlier versions, which did not hold the lock.
	AbandonedAfter time.Duration
	// Noun says what an item is, as in "an installation of Python".
	Noun string
	// Logger is told what was removed and why.
	Logger zerolog.Logger
}

// ErrDamaged says that an item is there and is not what was built.
var ErrDamaged = errors.New("damaged")

// Missing reports whether an error of [Store.Use] or [Store.Verify] says that
// the item has to be built: there is none, or it is damaged.
func Missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrDamaged)
}

// An Item is in use: it is not removed until it is closed.
type Item struct {
	Dir  string
	lock *flock.Flock // nil for an item that nobody removes while it is in use
}

// Lent returns the item in the folder dir, which belongs to somebody else who has
// installed it for all users: it needs no lock, and the caller has looked at it.
func Lent(dir string) *Item { return &Item{Dir: dir} }

// Close ends the use of the item.
func (i *Item) Close() error {
	if i.lock == nil {
		return nil
	}
	return i.lock.Close()
}

// Path returns where the item named key is, or would be.
func (s *Store) Path(key string) string { return filepath.Join(s.Dir, key) }

// Verify returns nil if the item named key is there and whole. The errors are
// those of the field Check.
func (s *Store) Verify(key string) error {
	if s.Check != nil {
		return s.Check(s.Path(key), key)
	}
	return verifySums(s.Path(key))
}

// An Entry describes an item of a store.
type Entry struct {
	Key  string
	Dir  string
	Used time.Time // when a process last began to use it

	recorded bool // that time is a use, not only the time of the folder
}

// List returns the items, in no order. Damaged ones are among them.
func (s *Store) List() []Entry {
	var all []Entry
	for _, found := range s.Items.List(s.Dir) {
		used, noted := lastUse(found.Path)
		if found.Changed.After(used) {
			used = found.Changed // earlier versions noted the use of some items there
		}
		all = append(all, Entry{filepath.Base(found.Path), found.Path, used, noted})
	}
	return all
}
