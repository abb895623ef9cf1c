package interpreter

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
)

// spaceMargin is what putting sessions to sleep and waking them leaves free of a
// disk, for everybody else who writes to it.
const spaceMargin = 8 << 20

// A space shares out the space on the disk that the checkpoints take which
// sessions are put to sleep by and woken from. Each is there for a moment, but is
// as large as the session's memory: many at once would fill a disk that has space
// for any one of them.
type space struct {
	free func(dir string) (bytes int64, err error)

	mu       sync.Mutex
	held     int64         // bytes
	released chan struct{} // closed when some of them are given back; nil while nobody waits
}

// take waits until there is space for so many bytes in the folder dir, and holds
// it until release is called. The error wraps errNoSpace if there is too little
// and nobody will give any back.
func (s *space) take(ctx context.Context, dir string, bytes int64) (release func(), err error) {
	for {
		free, err := s.free(dir)
		if err != nil {
			return nil, err
		}
		released, ok := s.tryTake(free, bytes)
		if ok {
			return func() { s.give(bytes) }, nil
		}
		if released == nil {
			return nil, fmt.Errorf("%w: %d MB are free, and %d MB are needed for a moment", errNoSpace, free>>20, (bytes+spaceMargin)>>20)
		}
		select {
		case <-released:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// tryTake takes bytes of what is free. If it cannot, it returns a channel that is
// closed when some are given back, nil if nobody holds any. What holders have already
// written is counted twice, which only makes it more careful.
func (s *space) tryTake(free, bytes int64) (released <-chan struct{}, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if free-s.held-spaceMargin >= bytes {
		s.held += bytes
		return nil, true
	}
	if s.held == 0 {
		return nil, false
	}
	if s.released == nil {
		s.released = make(chan struct{})
	}
	return s.released, false
}

func (s *space) give(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held -= bytes
	if s.released != nil {
		close(s.released)
		s.released = nil
	}
}

// errNoSpace says that a disk is full, or nearly.
var errNoSpace = errors.New("the disk has no space left")

// IsFull reports whether an error is that of a full disk. What gVisor reports is
// only text.
func IsFull(err error) bool {
	return errors.Is(err, errNoSpace) || isErrno(err, syscall.ENOSPC) || isErrno(err, syscall.EDQUOT)
}
