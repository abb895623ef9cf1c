package local

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"

	"dynamic-sessions-mcp/sessions/local/delta"
)

// bases are the snapshots that sleeping sessions need, by their checksums. Each
// is kept open until the engine is closed. There is one, and another one each
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
	sum, err := snapshotSum(dir)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if b, ok := s.open[sum]; ok {
		return b.Base, nil
	}
	f, err := os.Open(filepath.Join(dir, delta.PagesFile))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	b := openBase{delta.NewBase(f, info.Size()/delta.PageSize, sum), f}
	if s.open == nil {
		s.open = map[string]openBase{}
	}
	s.open[sum] = b
	return b.Base, nil
}

// find returns the snapshot with a checksum if it is open.
func (s *bases) find(sum string) *delta.Base {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open[sum].Base
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

// snapshotSum returns a checksum of the snapshot in the folder dir.
func snapshotSum(dir string) (string, error) {
	sums, err := os.ReadFile(filepath.Join(dir, snapshotSums))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%08x", crc32.Checksum(sums, crc32.MakeTable(crc32.Castagnoli))), nil
}

// currentBase returns the snapshot that states are written as deltas of. Where
// there is none, which is no reason not to sleep, it is one without pages.
func (e *engine) currentBase() (*delta.Base, error) {
	dir, ok := e.snapshot.made()
	if !ok {
		return delta.NewBase(nil, 0, ""), nil
	}
	b, err := e.bases.get(dir)
	if errors.Is(err, os.ErrNotExist) {
		return delta.NewBase(nil, 0, ""), nil
	}
	return b, err
}

// baseFor returns the snapshot that a box's state needs. The error wraps
// delta.ErrState if the state is not the box's, or if there is no such snapshot.
func (p *Pool) baseFor(e *engine, h delta.Header, b *box) (*delta.Base, error) {
	if h.Session != b.incarnation {
		return nil, delta.Bad("is that of another one")
	}
	key, err := e.key()
	if err != nil {
		return nil, err
	}
	if h.Runtime != key {
		return nil, delta.Bad("was written by another version of the program, or with other settings or on another processor")
	}
	if h.Sum == "" {
		return delta.NewBase(nil, 0, ""), nil
	}
	if found := e.bases.find(h.Sum); found != nil {
		return found, nil
	}
	dir, err := e.snapshot.get(p.ctx)
	if err != nil {
		return nil, err
	}
	if _, err := e.bases.get(dir); err != nil {
		return nil, err
	}
	if found := e.bases.find(h.Sum); found != nil {
		return found, nil
	}
	return nil, delta.Bad("needs a snapshot that is gone")
}
