package notebook

import (
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/recent"
)

const (
	// maxBook bounds a notebook, and maxBooks all of them, in bytes of their cells.
	maxBook, maxBooks = 16 << 20, 128 << 20
	// maxSessions is how many sessions are remembered.
	maxSessions = 4096
)

// Name is what a notebook is called among the files of its session.
const Name = "conversation.ipynb"

// An Observer is told what a notebook has got, in the order of each session. It must not
// block.
type Observer interface {
	Ran(id sessions.ID, r Run, t Told)
	Uploaded(id sessions.ID, u Upload, t Told)
}

// Told is what a notebook knows of a run or an upload.
type Told struct {
	Number int // of the run, or of the upload, from 1
	// Life counts the sessions that the conversation had, from 1: a session that was
	// replaced has neither variables nor files of the one before.
	Life int
	// Varies says that what the run shows may depend on time or chance.
	Varies bool
}

// Options configure a [Store]. All may be left out.
type Options struct {
	// Python is the version of the interpreter.
	Python string
	// Earlier returns the notebook that a session had when an earlier server ended, nil
	// if it had none. It is asked once for a session.
	Earlier func(sessions.ID) []byte
	// Observer is told everything.
	Observer Observer
}

// A Store has the notebooks of all sessions. Its methods may be called concurrently. It
// needs no closing.
type Store struct {
	opts Options

	mu    sync.Mutex
	books recent.Map[sessions.ID, *kept]
	total int // bytes of all
}

// A kept notebook. Locks are taken in this order: that of the notebook, that of the store.
type kept struct {
	// Guarded by the store.
	size int // as the store counts it
	gone bool
	copy *sessions.File // that code sees; nil if there is none

	mu   sync.Mutex
	read sync.Once
	book book
}

// NewStore returns a store without notebooks.
func NewStore(o Options) *Store { return &Store{opts: o} }

// Ran adds a run to the notebook of a session.
func (s *Store) Ran(id sessions.ID, r Run) {
	s.change(id, func(b *book) {
		told := b.ran(r)
		if s.opts.Observer != nil {
			s.opts.Observer.Ran(id, r, told)
		}
	})
}

// Uploaded adds an upload.
func (s *Store) Uploaded(id sessions.ID, u Upload) {
	s.change(id, func(b *book) {
		told := b.uploaded(u)
		if s.opts.Observer != nil {
			s.opts.Observer.Uploaded(id, u, told)
		}
	})
}

// change changes a notebook, and keeps it and all others within their bounds.
func (s *Store) change(id sessions.ID, do func(*book)) {
	k := s.open(id)
	k.mu.Lock()
	do(&k.book)
	k.book.shrink(maxBook)
	over := s.count(k)
	k.mu.Unlock()
	for range maxSessions {
		if over == nil {
			return
		}
		over.mu.Lock()
		over.book.shrink(0)
		next := s.count(over)
		over.mu.Unlock()
		over = next
	}
}

// count notes the size of a notebook whose lock the caller holds. It returns the one that
// has to give way, nil if all have room.
func (s *Store) count(k *kept) *kept {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k.gone {
		return nil
	}
	s.total += k.book.size - k.size
	k.size = k.book.size
	if s.total <= maxBooks {
		return nil
	}
	for _, other := range s.books.All() {
		if other.size > 0 {
			return other
		}
	}
	return nil
}

// open returns the notebook of a session, which may be a new one.
func (s *Store) open(id sessions.ID) *kept {
	s.mu.Lock()
	k, ok := s.books.Use(id)
	if !ok {
		if s.books.Len() >= maxSessions {
			s.forgetOldest()
		}
		k = &kept{}
		s.books.Add(id, k)
	}
	s.mu.Unlock()
	k.read.Do(func() { s.restore(id, k) })
	return k
}

func (s *Store) restore(id sessions.ID, k *kept) {
	if s.opts.Earlier == nil {
		return
	}
	data := s.opts.Earlier(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.book.restore(data)
	k.book.shrink(maxBook)
}

// forgetOldest forgets the notebook that was unused for the longest. The caller holds the
// lock.
func (s *Store) forgetOldest() {
	for id := range s.books.All() {
		s.remove(id)
		return
	}
}

func (s *Store) remove(id sessions.ID) {
	if k, ok := s.books.Get(id); ok {
		s.total -= k.size
		k.gone = true
		s.books.Delete(id)
	}
}

// Forget forgets the notebook of a session that has ended.
func (s *Store) Forget(id sessions.ID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
}

// Encode returns the notebook of a session, which has at least the first cell.
func (s *Store) Encode(id sessions.ID) []byte {
	k := s.open(id)
	k.mu.Lock()
	cells, metadata := k.book.cells(), k.book.metadata(s.opts.Python)
	k.mu.Unlock()
	return encode(cells, metadata)
}

// Summary is what is said of a notebook without showing it.
type Summary struct {
	Runs, Uploads int
	Modified      time.Time // zero if nothing happened yet
}

// Summary describes the notebook of a session.
func (s *Store) Summary(id sessions.ID) Summary {
	k := s.open(id)
	k.mu.Lock()
	defer k.mu.Unlock()
	return Summary{k.book.runs, k.book.uploads, k.book.modified}
}

// SetCopy notes a copy of the notebook that was stored in the session for its code.
func (s *Store) SetCopy(id sessions.ID, f sessions.File) {
	k := s.open(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	k.copy = &f
}

// TakeCopy returns the copy that was noted, if there is one, and forgets it.
func (s *Store) TakeCopy(id sessions.ID) (f sessions.File, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, _ := s.books.Get(id)
	if k == nil || k.copy == nil {
		return f, false
	}
	f, k.copy = *k.copy, nil
	return f, true
}

// IsCopy reports whether a file of the session is the copy, unchanged.
func (s *Store) IsCopy(id sessions.ID, f sessions.File) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, _ := s.books.Get(id)
	return k != nil && k.copy != nil && k.copy.Size == f.Size && k.copy.Modified.Equal(f.Modified)
}
