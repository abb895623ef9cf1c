package egress

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// A passedBody is the body of a request on its way to the host. The transport reads it,
// perhaps still when the host has answered.
type passedBody struct {
	from   io.Reader
	t      *terminated
	done   atomic.Bool // all of it was read
	closed chan struct{}
	close  sync.Once

	mu       sync.Mutex // guards the rest, and the writer of the answer until there is one
	expects  bool       // the code waits for a word before it sends the body
	answered bool
}

func newPassedBody(t *terminated, req *http.Request) *passedBody {
	return &passedBody{from: req.Body, t: t, closed: make(chan struct{}), expects: waits(req)}
}

// errNotAsked: the code will not send a body, since it got an answer without one.
var errNotAsked = errors.New("the host has answered before it got the body")

func (b *passedBody) Read(p []byte) (int, error) {
	if err := b.ask(); err != nil {
		return 0, err
	}
	n, err := b.from.Read(p)
	b.t.sent.Add(int64(n))
	if b.t.client.bytes.Add(int64(n)) > maxBytes {
		return 0, errBytes
	}
	if err == io.EOF {
		b.done.Store(true)
	}
	return n, err
}

// ask tells the code once that it may send the body.
func (b *passedBody) ask() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.expects {
		return nil
	}
	if b.answered {
		return errNotAsked
	}
	b.expects = false
	if _, err := io.WriteString(b.t.w, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
		return err
	}
	return b.t.w.Flush()
}

// answer says that the answer is written from now on, and reports whether the whole body
// was read.
func (b *passedBody) answer() (whole bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answered = true
	return b.done.Load()
}

// Close says that the transport reads no more. The rest is the connection's, which ends.
func (b *passedBody) Close() error {
	b.close.Do(func() { close(b.closed) })
	return nil
}
