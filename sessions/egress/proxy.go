package egress

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
)

const (
	// maxHead bounds what precedes the body of a request, and headTimeout how long it
	// may take to come.
	maxHead     = 64 << 10
	headTimeout = 30 * time.Second
	// maxBytes bounds what one session may send and receive until it sleeps or starts
	// anew.
	maxBytes = 20 << 30
	// maxConnections bounds the connections of all sessions, which each take two
	// descriptors of the server.
	maxConnections = 256
	// maxWords bounds what is said of a refusal, which may name a host of 253 letters twice.
	maxWords = 800
	// maxRefusals is how many refusals of one session are logged one by one.
	maxRefusals = 200
)

// Options configure a Proxy.
type Options struct {
	Rules Rules
	// Index is where packages come from if the rules have PyPI.
	Index *Index
	// Secrets are put into requests to their hosts.
	Secrets []Secret
	// Logger is told of every decision.
	Logger zerolog.Logger
}

// A Proxy connects sessions with what the rules allow. Its methods may be called
// concurrently.
type Proxy struct {
	opts  Options
	dial  dialer
	slots chan struct{}
	// roots are the authorities of hosts with secrets, nil for those of the system. Only
	// tests replace them.
	roots *x509.CertPool
}

// New returns a proxy.
func New(opts Options) *Proxy {
	return &Proxy{opts: opts, dial: newDialer(), slots: make(chan struct{}, maxConnections)}
}

// A Client is one session as the proxy sees it, until it sleeps or starts anew.
type Client struct {
	proxy     *Proxy
	approvals *Approvals // nil if nobody can be asked
	vault     *vault     // nil without secrets
	bytes     atomic.Int64
	refused   atomic.Int64
	decisions decisions
}

// Client returns a client for a session, of which the user has approved something; nil if
// nobody can be asked for it. The key has 32 random bytes that only the server knows: the
// placeholders and the authority of the session are the same for each client with this key,
// so that a session which sleeps goes on with them. The error says that they cannot be made.
func (p *Proxy) Client(key []byte, a *Approvals) (*Client, error) {
	vault, err := newVault(p.opts.Secrets, key)
	return &Client{proxy: p, vault: vault, approvals: a}, err
}

// A Stream is a connection that code in a session has opened to the proxy.
type Stream interface {
	io.ReadWriteCloser
	// CloseWrite says that nothing more is written.
	CloseWrite() error
}

// Serve answers the request that comes in a stream, and closes it. It returns when that is
// done, or ctx ends.
func (c *Client) Serve(ctx context.Context, stream Stream) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer stream.Close()
	stop := context.AfterFunc(ctx, func() { stream.Close() })
	defer stop()
	select {
	case c.proxy.slots <- struct{}{}:
		defer func() { <-c.proxy.slots }()
	default:
		c.refuse(stream, "", errBusy)
		return
	}
	head := &io.LimitedReader{R: stream, N: maxHead}
	r := bufio.NewReaderSize(head, 4<<10)
	late := time.AfterFunc(headTimeout, func() { stream.Close() })
	req, err := http.ReadRequest(r)
	late.Stop()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			c.refuse(stream, "", errMalformed)
		}
		return
	}
	head.N = maxBytes
	c.answer(ctx, stream, r, req)
}

func (c *Client) answer(ctx context.Context, stream Stream, r *bufio.Reader, req *http.Request) {
	defer req.Body.Close()
	switch {
	case strings.HasPrefix(req.RequestURI, "/"):
		c.answerIndex(ctx, stream, req)
	case req.Method == http.MethodConnect:
		c.tunnel(ctx, stream, r, req)
	default:
		c.forward(ctx, stream, req)
	}
}

// A refusal is why something cannot be reached, with the status that says so.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

var (
	errBusy      = &refusal{http.StatusServiceUnavailable, "too many connections are open; close some and try again"}
	errMalformed = &refusal{http.StatusBadRequest, "this is no request to a proxy"}
	errBytes     = &refusal{http.StatusForbidden, "this session has moved as many bytes as it may"}
)

// target reads a host and a port, and returns them if the rules, or the user, allow them.
func (c *Client) target(ctx context.Context, text string, usual uint16) (host string, port uint16, err error) {
	name, number, hasPort := strings.Cut(text, ":")
	port = usual
	if hasPort {
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || n == 0 || number != strconv.FormatUint(n, 10) {
			return "", 0, &refusal{http.StatusBadRequest, "the port is none; addresses cannot be reached, only hosts by their names"}
		}
		port = uint16(n)
	}
	if port == 0 {
		return "", 0, errMalformed
	}
	host, err = canonical(name)
	if err != nil {
		return "", 0, &refusal{http.StatusForbidden, err.Error()}
	}
	if !c.proxy.opts.Rules.allow(host, port) {
		if err := c.approve(ctx, host, port); err != nil {
			return host, port, err
		}
	}
	if c.bytes.Load() >= maxBytes {
		return host, port, errBytes
	}
	return host, port, nil
}

// refuse answers that something cannot be reached, and logs it.
func (c *Client) refuse(stream Stream, host string, err error) {
	status := http.StatusBadGateway
	var why *refusal
	if errors.As(err, &why) {
		status = why.status
	}
	text := plain(err.Error())
	c.logRefusal(host, text)
	// Many clients show the words behind the status and nothing else.
	fmt.Fprintf(stream, "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s\n", status, text, len(text)+1, text)
}

func (c *Client) logRefusal(host, text string) {
	c.decisions.add(Decisions{Host: host, Refused: text})
	switch n := c.refused.Add(1); {
	case n < maxRefusals:
		c.proxy.opts.Logger.Info().Str("host", host).Bool("allowed", false).Str("why", text).Msg("egress")
	case n == maxRefusals:
		c.proxy.opts.Logger.Warn().Bool("allowed", false).Msg("egress: this session asks for more than it may reach, again and again; no more of it is logged")
	}
}

func (c *Client) logEnd(host string, port uint16, sent, received int64) {
	c.decisions.add(Decisions{Host: host, Port: port, Sent: sent, Received: received})
	c.proxy.opts.Logger.Info().Str("host", host).Uint16("port", port).Bool("allowed", true).Int64("sent", sent).Int64("received", received).Msg("egress")
}

// plain returns a text as it can stand in the first line of an answer.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), maxWords)])
}

// hopByHop are the headers that concern one connection alone.
var hopByHop = [...]string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// endToEnd removes the headers that are not for the other end.
func endToEnd(h http.Header) {
	for _, list := range h["Connection"] {
		for name := range strings.SplitSeq(list, ",") {
			h.Del(textproto.TrimString(name))
		}
	}
	for _, name := range hopByHop {
		h.Del(name)
	}
}
