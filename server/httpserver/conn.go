package httpserver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
)

// maxStreams is how many calls one connection may have under way. More wait.
const maxStreams = 1000

// ServeConn serves HTTP/2 on one connection, such as one made of the standard streams,
// until its client closes it or ctx ends. Neither is an error. It closes the connection.
// At the end of ctx it first waits until calls are answered or out of time; those whose
// client is gone have contexts that are cancelled. Options.TLS and Options.Limit
// are for listeners and have no meaning here.
func ServeConn(ctx context.Context, conn net.Conn, handler http.Handler, opts Options) error {
	base, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	defer interrupt(nil)
	server := newServer(base, handler, opts)
	server.IdleTimeout = 0 // the client closes the connection when it is done
	server.Protocols = new(http.Protocols)
	server.Protocols.SetUnencryptedHTTP2(true)
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: maxStreams}
	listener := newOneConn(conn)
	err := run(ctx, server, opts, interrupt, func() error { return server.Serve(listener) })
	if errors.Is(err, io.EOF) {
		opts.Logger.Debug().Msg("the client closed the connection")
		return nil
	}
	return err
}

// oneConn is a listener that has one connection, and ends with it.
type oneConn struct {
	conn chan net.Conn
	addr net.Addr
	once sync.Once
	done chan struct{}
}

func newOneConn(conn net.Conn) *oneConn {
	l := &oneConn{conn: make(chan net.Conn, 1), addr: conn.LocalAddr(), done: make(chan struct{})}
	l.conn <- &ending{conn, l.end}
	return l
}

// Accept returns the connection, and io.EOF when that is closed.
func (l *oneConn) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.done:
		return nil, io.EOF
	}
}

func (l *oneConn) end() { l.once.Do(func() { close(l.done) }) }

// Close ends Accept. The connection stays open.
func (l *oneConn) Close() error {
	l.end()
	return nil
}

func (l *oneConn) Addr() net.Addr { return l.addr }

// ending is a connection that tells when it is closed.
type ending struct {
	net.Conn
	closed func()
}

func (c *ending) Close() error {
	defer c.closed()
	return c.Conn.Close()
}
