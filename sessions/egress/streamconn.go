package egress

import (
	"io"
	"net"
	"sync"
	"time"
)

// A streamConn is a Stream as a net.Conn, for crypto/tls. A deadline that passes closes the
// stream. Its methods may be called concurrently.
type streamConn struct {
	Stream
	reader io.Reader // of the stream; it may have read more than was used
	mu     sync.Mutex
	late   *time.Timer
}

func (c *streamConn) Read(b []byte) (int, error) { return c.reader.Read(b) }

// SetDeadline closes the stream at a time, or never if that is zero.
func (c *streamConn) SetDeadline(at time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.late != nil {
		c.late.Stop()
		c.late = nil
	}
	if !at.IsZero() {
		c.late = time.AfterFunc(time.Until(at), func() { c.Stream.Close() })
	}
	return nil
}

func (c *streamConn) SetReadDeadline(at time.Time) error  { return c.SetDeadline(at) }
func (c *streamConn) SetWriteDeadline(at time.Time) error { return c.SetDeadline(at) }
func (c *streamConn) LocalAddr() net.Addr                 { return streamAddr{} }
func (c *streamConn) RemoteAddr() net.Addr                { return streamAddr{} }

// Close closes the stream, and forgets its deadline.
func (c *streamConn) Close() error {
	_ = c.SetDeadline(time.Time{})
	return c.Stream.Close()
}

// A streamAddr is the address of a session, which has none.
type streamAddr struct{}

func (streamAddr) Network() string { return "session" }
func (streamAddr) String() string  { return "session" }
