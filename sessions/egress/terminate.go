package egress

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

const (
	// idleTimeout is how long a connection may be open between two requests.
	idleTimeout = 2 * time.Minute
	// handshakeTimeout is how long code, and a host, may take to agree on TLS.
	handshakeTimeout = 15 * time.Second
	// closeTimeout is how long code may take to read the end of a connection.
	closeTimeout = 5 * time.Second
	// maxUnread is how much is read of a body that is not passed on.
	maxUnread = 4 << 20
)

// A terminated is a connection of code with a host that has secrets. TLS ends here, once
// towards the code, with the certificate of the session's authority, and once towards the
// host, whose certificate must be one that the system trusts.
type terminated struct {
	client *Client
	host   string
	port   uint16
	own    []held
	conn   *streamConn
	r      *bufio.Reader
	w      *bufio.Writer

	transport *http.Transport
	sent      atomic.Int64
	received  atomic.Int64
	used      []string    // names of secrets
	body      *passedBody // of the last request that had one
}

// terminate answers the requests that come in a stream, for a host that has secrets. r is
// what reads the stream.
func (c *Client) terminate(ctx context.Context, stream Stream, r io.Reader, host string, port uint16, own []held) {
	leaf, err := c.vault.authority.issue(host)
	if err != nil {
		c.refuse(stream, host, fmt.Errorf("no certificate can be made for %s: %w", host, err))
		return
	}
	if _, err := io.WriteString(stream, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	raw := &streamConn{Stream: stream, reader: r}
	conn := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) { return nil, sameName(hello.ServerName, host) }})
	_ = raw.SetDeadline(time.Now().Add(handshakeTimeout))
	if err := conn.HandshakeContext(ctx); err != nil {
		c.logRefusal(host, "TLS: "+plain(err.Error()))
		return
	}
	_ = raw.SetDeadline(time.Time{})
	t := &terminated{client: c, host: host, port: port, own: own, conn: raw, transport: c.proxy.secureTransport(host, port)}
	t.r, t.w = bufio.NewReaderSize(conn, maxHead), bufio.NewWriterSize(&counted{conn, c, &t.received}, 32<<10)
	defer t.transport.CloseIdleConnections()
	for t.exchange(ctx) {
	}
	_ = raw.SetDeadline(time.Now().Add(closeTimeout))
	_ = conn.CloseWrite()
	if t.body != nil {
		<-t.body.closed // or the deadline has passed, and reading fails
	}
	// What is left unread would have the code lose the answer that it has not read yet.
	_, _ = io.CopyN(io.Discard, t.r, maxUnread)
	c.logSecrets(host, port, t.sent.Load(), t.received.Load(), t.used)
}

// sameName refuses a connection that names one host to the proxy and another one inside.
func sameName(name, host string) error {
	if name == "" {
		return nil // the head of each request names it
	}
	if inner, err := canonical(name); err != nil || inner != host {
		return errors.New("the name inside of TLS is that of another host")
	}
	return nil
}

// exchange answers one request, and reports whether another one may follow.
func (t *terminated) exchange(ctx context.Context) (more bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_ = t.conn.SetDeadline(time.Now().Add(idleTimeout))
	req, err := t.readRequest()
	_ = t.conn.SetDeadline(time.Time{})
	switch {
	case isRefusal(err):
		return t.refuse(err)
	case err != nil:
		return false // the code has ended the connection
	}
	out, f, err := t.prepare(ctx, req)
	if err != nil {
		return t.refuse(err)
	}
	body := newPassedBody(t, req)
	if req.ContentLength != 0 {
		out.Body, t.body = body, body
	} else {
		body.done.Store(true)
	}
	resp, err := t.transport.RoundTrip(out)
	whole := body.answer()
	if err != nil {
		return t.refuse(unreachable(t.host, withoutQuotes(err)))
	}
	defer resp.Body.Close()
	for _, name := range f.used {
		if !slices.Contains(t.used, name) {
			t.used = append(t.used, name)
		}
	}
	return t.answer(req, resp, formsOf(t.own, f.forms), whole)
}

// readRequest reads the head of the next request. The error is a refusal if it is one that
// is not passed on.
func (t *terminated) readRequest() (*http.Request, error) {
	size, err := peekHead(t.r)
	if err != nil {
		return nil, err
	}
	t.sent.Add(int64(size))
	if t.client.bytes.Add(int64(size)) > maxBytes {
		return nil, errBytes
	}
	req, err := http.ReadRequest(t.r)
	if err != nil {
		return nil, errHead
	}
	return req, nil
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*refusal](err)
	return ok
}

// refuse answers that a request is not passed on, after which the connection ends: what
// follows may be its body.
func (t *terminated) refuse(err error) (more bool) {
	status := http.StatusBadGateway
	var why *refusal
	if errors.As(err, &why) {
		status = why.status
	}
	text := plain(err.Error())
	t.client.logRefusal(t.host, text)
	fmt.Fprintf(t.w, "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n", status, text, len(text)+1, text)
	_ = t.w.Flush()
	return false
}

func (c *Client) logSecrets(host string, port uint16, sent, received int64, used []string) {
	c.decisions.add(Decisions{Host: host, Port: port, Sent: sent, Received: received})
	slices.Sort(used)
	c.proxy.opts.Logger.Info().Str("host", host).Uint16("port", port).Bool("allowed", true).Int64("sent", sent).Int64("received", received).
		Func(func(e *zerolog.Event) {
			if len(used) > 0 {
				e.Strs("secrets", used)
			}
		}).Msg("egress")
}
