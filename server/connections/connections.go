// Package connections bounds the connections of a service over HTTP, before their
// clients have authenticated.
//
//	limit := connections.New(connections.Options{Max: 2000})
//	server.ConnState = limit.State
//	server.Serve(limit.Listen(listener))
//
// A connection counts from the moment it is accepted, before a TLS handshake. Each
// address of another machine may have as many connections as it leaves free. Those
// from this machine are not divided, because they may all come from a proxy. When
// there are too many, an unused one is closed to make room; if there is none, the
// new one is closed at once.
package connections

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Options configure a limit.
type Options struct {
	// Max is how many connections there may be; zero means 2000.
	Max int
	// Plain says that HTTP is used without TLS, so that a refusal can be written.
	Plain bool
	// Logger is told from time to time that connections are refused.
	Logger zerolog.Logger
}

const (
	defaultMax = 2000
	// silence is how long a connection on which nothing was sent yet is left alone
	// when there is no room for another.
	silence = 2 * time.Second
	// refusalTime is how long writing a refusal may take. It fits into the buffer
	// of a new connection.
	refusalTime = 100 * time.Millisecond
	// logPause is the least time between two lines of the log.
	logPause = time.Minute
)

const refusal = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 80\r\n\r\n" +
	`{"error":"too many connections are open; close some, or try again in a moment"}` + "\n"

// A Limit bounds the connections of one service. Its methods may be called
// concurrently.
type Limit struct {
	opts Options

	mu      sync.Mutex
	open    map[*connection]struct{}
	from    map[string]int // open ones of each address that is not of this machine
	refused int
	logged  time.Time
}

// New returns a limit without connections.
func New(opts Options) *Limit {
	if opts.Max == 0 {
		opts.Max = defaultMax
	}
	return &Limit{opts: opts, open: map[*connection]struct{}{}, from: map[string]int{}}
}

// Open returns how many connections there are.
func (l *Limit) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// Refused returns how many were refused so far.
func (l *Limit) Refused() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

// Listen returns a listener that accepts what the limit lets in.
func (l *Limit) Listen(listener net.Listener) net.Listener { return limited{listener, l} }

// State is for http.Server.ConnState.
func (l *Limit) State(c net.Conn, state http.ConnState) {
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secure.NetConn()
	}
	if c, ok := c.(*connection); ok {
		l.mu.Lock()
		defer l.mu.Unlock()
		c.state, c.since = state, time.Now()
	}
}

type limited struct {
	net.Listener
	limit *Limit
}

// Accept implements net.Listener.
func (l limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		admitted := &connection{Conn: c, limit: l.limit, from: address(c), since: time.Now()}
		ok, victim := l.limit.admit(admitted)
		if victim != nil {
			_ = victim.Conn.Close() // its handler closes it once more
		}
		if ok {
			return admitted, nil
		}
		l.limit.refuse(c)
	}
}

// admit counts a connection unless there are too many. The victim, which must be
// closed to make room, no longer counts.
func (l *Limit) admit(c *connection) (ok bool, victim *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	free := l.opts.Max - len(l.open)
	switch {
	case c.from != "" && l.from[c.from]+1 > free && l.from[c.from] > 0:
		victim = l.unused(c.from)
	case free < 1:
		victim = l.unused("")
	default:
		l.add(c)
		return true, nil
	}
	if victim == nil {
		l.refused++
		return false, nil
	}
	l.remove(victim)
	l.add(c)
	return true, victim
}

func (l *Limit) add(c *connection) {
	l.open[c] = struct{}{}
	if c.from != "" {
		l.from[c.from]++
	}
}

func (l *Limit) remove(c *connection) {
	if _, ok := l.open[c]; !ok {
		return
	}
	delete(l.open, c)
	if c.from == "" {
		return
	}
	if l.from[c.from]--; l.from[c.from] == 0 {
		delete(l.from, c.from)
	}
}

// unused returns the connection that has been unused for the longest time: of
// those from an address or, if that is "", of all. It is nil if all are in use.
func (l *Limit) unused(from string) (victim *connection) {
	for c := range l.open {
		if (from == "" || c.from == from) && c.unused() && (victim == nil || c.since.Before(victim.since)) {
			victim = c
		}
	}
	return victim
}

// refuse closes a connection, and says why if it can.
func (l *Limit) refuse(c net.Conn) {
	if l.opts.Plain {
		_ = c.SetWriteDeadline(time.Now().Add(refusalTime))
		_, _ = c.Write([]byte(refusal))
	}
	_ = c.Close()
	if l.toLog() {
		l.opts.Logger.Warn().Int("max", l.opts.Max).
			Msg("connections are refused because there are too many, in all or from one address; see --max-connections")
	}
}

func (l *Limit) toLog() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.logged) < logPause {
		return false
	}
	l.logged = time.Now()
	return true
}

// A connection is a connection that counts.
type connection struct {
	net.Conn
	limit *Limit
	from  string // "" for this machine

	// Guarded by limit.mu:
	state http.ConnState
	since time.Time // of the state
}

// unused reports that no request is in progress or likely to come.
func (c *connection) unused() bool {
	return c.state == http.StateIdle || c.state == http.StateNew && time.Since(c.since) >= silence
}

// ReadFrom lets the kernel copy files to the network.
func (c *connection) ReadFrom(r io.Reader) (int64, error) { return io.Copy(c.Conn, r) }

// CloseWrite tells the other side that nothing follows; net/http calls it before it
// closes.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.limit.mu.Lock()
	c.limit.remove(c)
	c.limit.mu.Unlock()
	return c.Conn.Close()
}

// address is where a connection is from: an IPv4 address, an IPv6 network of which
// one machine has all addresses, or "" for this machine.
func address(c net.Conn) string {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil || at.Addr().Unmap().IsLoopback() {
		return ""
	}
	a := at.Addr().Unmap().WithZone("")
	if a.Is6() {
		if network, err := a.Prefix(64); err == nil {
			return network.String()
		}
	}
	return a.String()
}
