package snapshot

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"

	"dynamic-sessions-mcp/sessions/local/cachestore"
	"dynamic-sessions-mcp/sessions/local/delta"
)

// bases are the snapshots that sleeping interpreters need, by their checksums.
// Each is kept open until the store is closed. There is one, and another one each
// time that the snapshot was damaged and made again.
type bases struct {
	mu   sync.Mutex
	open map[string]openBase
}

type openBase struct {
	*delta.Base
	file *os.File
}

// get returns the snapshot in the folder dir.
func (s *bases) get(dir string) (*delta.Base, error) {
	for {
		sum, err := sumOf(dir)
		if err != nil {
			return nil, err
		}
		if b := s.find(sum); b != nil {
			return b, nil
		}
		b, f, err := openBaseFile(filepath.Join(dir, delta.PagesFile), sum)
		if err != nil {
			return nil, err
		}
		// Another process may have replaced the snapshot in this moment.
		if again, err := sumOf(dir); err != nil || again != sum {
			f.Close()
			continue
		}
		return s.add(sum, openBase{b, f}), nil
	}
}

// add keeps a snapshot open, unless it is already.
func (s *bases) add(sum string, b openBase) *delta.Base {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was, ok := s.open[sum]; ok {
		b.file.Close()
		return was.Base
	}
	if s.open == nil {
		s.open = map[string]openBase{}
	}
	s.open[sum] = b
	return b.Base
}

// openBaseFile opens the pages of the snapshot with a checksum. The caller closes
// the file when it is done with the base.
func openBaseFile(path, sum string) (*delta.Base, *os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return delta.NewBase(f, info.Size()/delta.PageSize, sum), f, nil
}

// find returns the snapshot with a checksum if it is open.
func (s *bases) find(sum string) *delta.Base {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[sum].Base
}

// isOpen reports whether a file is the one that is open as the snapshot with a
// checksum.
func (s *bases) isOpen(sum, path string) bool {
	s.mu.Lock()
	b, ok := s.open[sum]
	s.mu.Unlock()
	if !ok {
		return false
	}
	open, err := b.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(path)
	return err == nil && os.SameFile(open, named)
}

func (s *bases) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, b := range s.open {
		errs = append(errs, b.file.Close())
	}
	s.open = nil
	return errors.Join(errs...)
}

// sumOf returns a checksum of the snapshot in the folder dir.
func sumOf(dir string) (string, error) {
	sums, err := os.ReadFile(filepath.Join(dir, cachestore.SumsFile))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%08x", crc32.Checksum(sums, crc32.MakeTable(crc32.Castagnoli))), nil
}

// Current returns the snapshot that states are written as deltas of. Where there
// is none, which is no reason not to sleep, it is a base without pages.
func (s *Store) Current() (*delta.Base, error) {
	dir := s.currentDir()
	if dir == "" {
		return delta.NewBase(nil, 0, ""), nil
	}
	b, err := s.bases.get(dir)
	if errors.Is(err, os.ErrNotExist) {
		return delta.NewBase(nil, 0, ""), nil
	}
	return b, err
}

// Closest returns the snapshot that the next state of an interpreter is to be
// written as a delta of: the one with the checksum sum, of which its last state
// was a delta, if that is open, and the current one otherwise.
func (s *Store) Closest(sum string) (*delta.Base, error) {
	if sum != "" {
		if found := s.bases.find(sum); found != nil {
			return found, nil
		}
	}
	return s.Current()
}

// Needed returns the snapshot that the state with the header h needs. dir is the
// folder that may hold its pages, see [Store.Hold]. The error wraps
// [delta.ErrState] if nothing here can run the state, or if there is no such
// snapshot any more.
func (s *Store) Needed(h delta.Header, dir string) (*delta.Base, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	if h.Runtime != key {
		return nil, delta.Bad("was written by another version of the program, or with other settings or on another processor")
	}
	if h.Sum == "" {
		return delta.NewBase(nil, 0, ""), nil
	}
	if found := s.bases.find(h.Sum); found != nil {
		return found, nil
	}
	base, file, err := openBaseFile(heldPath(dir, h.Sum), h.Sum)
	if err == nil {
		return s.bases.add(h.Sum, openBase{base, file}), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	// The snapshot in the cache, or for all users, need not be whole: only what the
	// state takes of it must be, and that shows.
	for _, dir := range []string{s.cache().Path(key), s.sharedPath(key)} {
		if dir == "" {
			continue
		}
		if _, err := s.bases.get(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if found := s.bases.find(h.Sum); found != nil {
			return found, nil
		}
	}
	return nil, delta.Bad("needs a snapshot that is gone")
}
