package egress

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// tunnel passes a stream on to a host as it is.
func (c *Client) tunnel(ctx context.Context, stream Stream, r *bufio.Reader, req *http.Request) {
	host, port, err := c.target(ctx, req.RequestURI, 0)
	if err != nil {
		c.refuse(stream, host, err)
		return
	}
	if own := c.vault.of(host, port); len(own) > 0 {
		c.terminate(ctx, stream, r, host, port, own)
		return
	}
	conn, err := c.proxy.dial.dial(ctx, host, port)
	if err != nil {
		c.refuse(stream, host, unreachable(host, err))
		return
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := io.WriteString(stream, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	var sent, received atomic.Int64
	var both sync.WaitGroup
	both.Go(func() {
		c.pass(conn, r, &sent)
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	})
	c.pass(stream, conn, &received)
	_ = stream.CloseWrite()
	both.Wait()
	c.logEnd(host, port, sent.Load(), received.Load())
}

// pass copies what comes, and counts it. When either end fails, or the session has moved
// as much as it may, it closes what it can, so that the other direction ends too.
func (c *Client) pass(to io.Writer, from io.Reader, count *atomic.Int64) {
	_, err := io.CopyBuffer(&counted{to, c, count}, struct{ io.Reader }{from}, make([]byte, 64<<10))
	if err != nil {
		closeBoth(to, from)
	}
}

func closeBoth(ends ...any) {
	for _, end := range ends {
		if closer, ok := end.(io.Closer); ok {
			closer.Close()
		}
	}
}

// counted counts what is written to it, for a connection and for the session.
type counted struct {
	io.Writer
	client *Client
	count  *atomic.Int64
}

func (w *counted) Write(b []byte) (int, error) {
	if w.client.bytes.Add(int64(len(b))) > maxBytes {
		return 0, errBytes
	}
	n, err := w.Writer.Write(b)
	w.count.Add(int64(n))
	return n, err
}

// unreachable says that a host that is open does not answer.
func unreachable(host string, err error) error {
	status := http.StatusBadGateway
	if err == errNotPublic {
		status = http.StatusForbidden
	}
	return &refusal{status, host + " cannot be reached: " + err.Error()}
}
