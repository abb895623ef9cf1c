package kernel

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
)

// A connection is the host's end of a stream.
type connection struct {
	relay  *relay
	id     uint64
	cancel context.CancelFunc // ends serving it

	mu       sync.Mutex
	changed  sync.Cond
	in       []byte // what was received and not read yet; at most a window
	used     int64  // bytes that were read, for which no credit was given yet
	credit   int64  // bytes that may be sent
	inEnded  bool   // the code writes nothing more
	outEnded bool
	closed   bool
}

// received keeps what the code has sent. It is an error to send more than there is credit
// for.
func (s *connection) received(data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.in)+len(data) > window {
		return fmt.Errorf("%w: a stream sends more than it may", ErrProtocol)
	}
	if !s.closed {
		s.in = append(s.in, data...)
		s.changed.Broadcast()
	}
	return nil
}

func (s *connection) receivedEnd() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inEnded = true
	s.changed.Broadcast()
}

// grant notes that the code has read n bytes.
func (s *connection) grant(n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 0 || n > window || s.credit+n > window {
		return fmt.Errorf("%w: a stream is given more credit than a window", ErrProtocol)
	}
	s.credit += n
	s.changed.Broadcast()
	return nil
}

// gone ends reading and writing, and serving.
func (s *connection) gone() {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.in = true, nil
	s.changed.Broadcast()
}

// Read implements io.Reader.
func (s *connection) Read(b []byte) (int, error) {
	s.mu.Lock()
	for len(s.in) == 0 && !s.inEnded && !s.closed {
		s.changed.Wait()
	}
	if s.closed {
		s.mu.Unlock()
		return 0, net.ErrClosed
	}
	if len(s.in) == 0 {
		s.mu.Unlock()
		return 0, io.EOF
	}
	n := copy(b, s.in)
	if s.in = s.in[n:]; len(s.in) == 0 {
		s.in = nil
	}
	give := int64(0)
	if s.used += int64(n); s.used >= window/4 && !s.inEnded {
		give, s.used = s.used, 0
	}
	s.mu.Unlock()
	if give > 0 {
		if err := s.relay.send(relayed{Type: "credit", ID: s.id, N: give}, nil); err != nil {
			return n, err
		}
	}
	return n, nil
}

// Write implements io.Writer. It waits until the code has room for all of b.
func (s *connection) Write(b []byte) (written int, err error) {
	for written < len(b) {
		n, err := s.reserve(len(b) - written)
		if err == nil {
			err = s.relay.send(relayed{Type: "data", ID: s.id}, b[written:written+n])
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// reserve waits until something may be sent, and takes the credit for it.
func (s *connection) reserve(wanted int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.credit == 0 && !s.closed && !s.outEnded {
		s.changed.Wait()
	}
	if s.closed || s.outEnded {
		return 0, net.ErrClosed
	}
	n := min(int64(wanted), s.credit, maxData)
	s.credit -= n
	return int(n), nil
}

// CloseWrite implements Stream.
func (s *connection) CloseWrite() error {
	s.mu.Lock()
	ended := s.outEnded || s.closed
	s.outEnded = true
	s.mu.Unlock()
	if ended {
		return nil
	}
	return s.relay.send(relayed{Type: "eof", ID: s.id}, nil)
}

// Close implements io.Closer. What was written before is still read by the code.
func (s *connection) Close() error {
	s.cancel()
	s.mu.Lock()
	closed := s.closed
	s.closed, s.in = true, nil
	s.changed.Broadcast()
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.relay.forget(s)
	return s.relay.send(relayed{Type: "close", ID: s.id}, nil)
}
