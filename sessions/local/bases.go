package local

import (
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
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
	for {
		sum, err := snapshotSum(dir)
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
		if again, err := snapshotSum(dir); err != nil || again != sum {
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
	dir, ok := e.snapshot.Made()
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
// delta.ErrState if the state is not the box's, if nothing here can run it, or if
// there is no such snapshot any more.
func (e *engine) baseFor(h delta.Header, b *box) (*delta.Base, error) {
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
	base, file, err := openBaseFile(b.base(h.Sum), h.Sum)
	if err == nil {
		return e.bases.add(h.Sum, openBase{base, file}), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	// It need not be whole: only what the state takes of it must be, and that
	// shows.
	if _, err := e.bases.get(e.snapshotDir(key)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if found := e.bases.find(h.Sum); found != nil {
		return found, nil
	}
	return nil, delta.Bad("needs a snapshot that is gone")
}

func (e *engine) snapshotDir(key string) string {
	return filepath.Join(e.opts.CacheDir, snapshotFolder, key)
}

// baseOf returns the snapshot that a box's next state is written as a delta of:
// the one that it was woken from the last time, to which it is closest.
func (e *engine) baseOf(b *box) (*delta.Base, error) {
	if b.wokenFrom != "" {
		if found := e.bases.find(b.wokenFrom); found != nil {
			return found, nil
		}
	}
	return e.currentBase()
}

// basePrefix begins the name of the file by which a kept box holds the pages of
// the snapshot that its state needs.
const basePrefix = "base-"

// base is the file in which a kept box holds the snapshot with a checksum.
func (b *box) base(sum string) string { return filepath.Join(b.dir, basePrefix+filepath.Base(sum)) }

// holdBase has a kept box hold what its state is going to need: a link to the
// pages of the snapshot, which stay as long as it does, whatever becomes of the
// snapshot. Where that cannot be, the state is made to need nothing.
func (e *engine) holdBase(b *box, key string, against *delta.Base) *delta.Base {
	sum := against.Sum()
	b.dropBases(sum)
	if sum == "" || e.bases.isOpen(sum, b.base(sum)) {
		return against // it has it from the last time
	}
	err := os.Link(filepath.Join(e.snapshotDir(key), delta.PagesFile), b.base(sum))
	if err == nil && e.bases.isOpen(sum, b.base(sum)) {
		return against
	}
	b.dropBases("")
	return delta.NewBase(nil, 0, "")
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

// dropBases gives up what a kept box holds of snapshots, except one.
func (b *box) dropBases(except string) {
	if !b.kept {
		return
	}
	entries, _ := os.ReadDir(b.dir)
	for _, e := range entries {
		if sum, ok := strings.CutPrefix(e.Name(), basePrefix); ok && sum != except {
			_ = os.Remove(filepath.Join(b.dir, e.Name()))
		}
	}
}

// stateSize returns the bytes that the state of a box takes on the disk, with its
// share of the snapshot that it holds.
func (b *box) stateSize() int64 { return stateSize(b.dir) }

func stateSize(dir string) int64 {
	size := fileSize(filepath.Join(dir, stateName))
	held, _ := filepath.Glob(filepath.Join(dir, basePrefix+"*"))
	for _, path := range held {
		if info, err := os.Lstat(path); err == nil {
			size += diskBytes(info) / linkCount(info)
		}
	}
	return size
}
