// Package pipe makes one connection of two streams, such as the standard input and
// output of a process, over which client and service speak HTTP/2:
//
//	conn := pipe.Conn(os.Stdin, os.Stdout) // in the service
//	err := httpserver.ServeConn(ctx, conn, handler, opts)
//
//	conn := pipe.Conn(childOut, childIn) // in the client
//	client := pipe.Client(conn)
//
// A connection of streams has no deadlines: setting one does nothing. HTTP/2 has
// timers of its own for each request, and a ping for a peer that hangs.
package pipe

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Conn returns a connection that reads from in and writes to out. Closing it closes
// both, once; the error is what they return together.
func Conn(in io.ReadCloser, out io.WriteCloser) net.Conn {
	return &conn{in: in, out: out}
}

type conn struct {
	in  io.ReadCloser
	out io.WriteCloser

	once sync.Once
	err  error
}

func (c *conn) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *conn) Write(p []byte) (int, error) { return c.out.Write(p) }

// Close closes both streams, the one that the peer reads first.
func (c *conn) Close() error {
	c.once.Do(func() { c.err = errors.Join(c.out.Close(), c.in.Close()) })
	return c.err
}

func (*conn) LocalAddr() net.Addr              { return address{} }
func (*conn) RemoteAddr() net.Addr             { return address{} }
func (*conn) SetDeadline(time.Time) error      { return nil }
func (*conn) SetReadDeadline(time.Time) error  { return nil }
func (*conn) SetWriteDeadline(time.Time) error { return nil }

// address is that of both ends.
type address struct{}

func (address) Network() string { return "pipe" }
func (address) String() string  { return "pipe" }
