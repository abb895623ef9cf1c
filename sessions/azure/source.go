package azure

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"dynamic-sessions-mcp/sessions"
)

// errStale is what the reader of an attempt gets that is over: the transport
// may read on for a moment after it has given up.
var errStale = errors.New("this attempt is over")

// source is a file to upload, which is read once for each attempt.
type source struct {
	r      io.Reader
	seeker io.Seeker // nil if it can be read only once
	start  int64
	size   int64 // -1 if unknown
	limit  int64

	turn atomic.Int64 // the attempt that may read

	mu    sync.Mutex // held while reading
	bytes int64      // read in this attempt
	err   error      // why reading failed
}

// newSource looks at r. The error wraps sessions.ErrTooLarge if it is known to
// have more than limit bytes.
func newSource(r io.Reader, limit int64) (*source, error) {
	s := &source{r: r, size: -1, limit: limit}
	seeker, ok := r.(io.Seeker)
	if !ok {
		return s, nil
	}
	// What says that it can seek may be a pipe all the same.
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return s, nil
	}
	end, err := seeker.Seek(0, io.SeekEnd)
	if err != nil {
		return s, nil
	}
	if _, err := seeker.Seek(start, io.SeekStart); err != nil {
		return nil, fmt.Errorf("reading the file: %w", err)
	}
	s.seeker, s.start, s.size = seeker, start, max(end-start, 0)
	if s.size > limit {
		return nil, tooLarge(limit)
	}
	return s, nil
}

func tooLarge(limit int64) error {
	return fmt.Errorf("%w: a file may have %d bytes", sessions.ErrTooLarge, limit)
}

// open returns a reader for the next attempt; those before it read no more.
func (s *source) open() (io.Reader, error) {
	turn := s.turn.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seeker == nil && s.bytes > 0 {
		return nil, errors.New("the file can only be read once")
	}
	if s.seeker != nil && turn > 1 {
		if _, err := s.seeker.Seek(s.start, io.SeekStart); err != nil {
			return nil, err
		}
	}
	s.bytes, s.err = 0, nil
	return &reading{s, turn}, nil
}

// end makes readers of earlier attempts fail.
func (s *source) end() { s.turn.Add(1) }

func (s *source) failure() error {
	if !s.mu.TryLock() {
		return nil // reading has not ended, so it has not failed
	}
	defer s.mu.Unlock()
	return s.err
}

// read returns how much was read.
func (s *source) read() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// reading is one attempt's way through a source.
type reading struct {
	*source
	attempt int64
}

func (r *reading) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.turn.Load() != r.attempt {
		return 0, errStale
	}
	if r.err != nil {
		return 0, r.err
	}
	if r.size >= 0 {
		if r.bytes == r.size {
			return 0, io.EOF
		}
		p = p[:min(int64(len(p)), r.size-r.bytes)]
	}
	n, err := r.r.Read(p)
	r.bytes += int64(n)
	switch {
	case r.bytes > r.limit:
		r.err = tooLarge(r.limit)
	case errors.Is(err, io.EOF) && r.size > r.bytes:
		r.err = fmt.Errorf("it was truncated while it was being read: %w", io.ErrUnexpectedEOF)
	case err != nil && !errors.Is(err, io.EOF):
		r.err = err
	default:
		return n, err
	}
	return n, r.err
}
