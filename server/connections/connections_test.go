package connections

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
)

// A remote is a connection that says where it is from.
type remote struct {
	net.Conn
	from string
}

func (r remote) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.ParseIP(r.from), Port: 1}
}

// arrive has a connection come from an address.
func arrive(t *testing.T, l *Limit, from string) (c *connection, ok bool) {
	t.Helper()
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close(); there.Close() })
	c = &connection{Conn: here, limit: l, from: address(remote{here, from}), since: time.Now()}
	ok, _ = l.admit(c)
	return c, ok
}

func TestAddressesLeaveConnectionsToOthers(t *testing.T) {
	t.Parallel()
	l := New(Options{Max: 8, Logger: zerolog.Nop()})
	var first *connection
	for i, want := range []bool{true, true, true, true, false} {
		c, ok := arrive(t, l, "192.0.2.1")
		if ok != want {
			t.Errorf("connection %d of the first address: %t", i, ok)
		}
		if i == 0 {
			first = c
		}
	}
	for i, tt := range []struct {
		from string
		want bool
	}{
		{"::ffff:192.0.2.1", false}, // the same
		{"2001:db8:1:2::1", true},
		{"2001:db8:1:2::2", true},
		{"2001:db8:1:2:ffff::3", false}, // the same network
		{"2001:db8:1:3::1", true},
		{"127.0.0.1", true},
		{"::1", false}, // there are no more
	} {
		if _, ok := arrive(t, l, tt.from); ok != tt.want {
			t.Errorf("%d: one from %s: %t", i, tt.from, ok)
		}
	}
	if l.Open() != 8 || l.Refused() != 4 {
		t.Errorf("%d are open, %d were refused", l.Open(), l.Refused())
	}
	first.Close()
	first.Close()
	if _, ok := arrive(t, l, "127.0.0.1"); !ok || l.Open() != 8 {
		t.Errorf("after one was closed: %t, %d are open", ok, l.Open())
	}
}

// Programs of this machine, such as a proxy, may have all.
func TestThisMachineIsNotDivided(t *testing.T) {
	t.Parallel()
	l := New(Options{Max: 8})
	for i := range 8 {
		if _, ok := arrive(t, l, []string{"127.0.0.1", "127.0.0.2", "::1"}[i%3]); !ok {
			t.Errorf("connection %d is refused", i)
		}
	}
}

// service is a server with a limit. A request for /wait is under way until
// the test ends; idle tells of each connection that becomes idle, which is a moment
// after its client has the answer.
func service(t *testing.T, most int, secure bool) (l *Limit, at string, waiting, idle <-chan struct{}) {
	t.Helper()
	l = New(Options{Max: most, Plain: !secure, Logger: zerolog.Nop()})
	begun, unused, release := make(chan struct{}, 1000), make(chan struct{}, 1000), make(chan struct{})
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wait" {
			begun <- struct{}{}
			<-release
		}
		io.WriteString(w, "served")
	}))
	s.Listener = l.Listen(s.Listener)
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		l.State(c, state)
		if state == http.StateIdle {
			unused <- struct{}{}
		}
	}
	s.Config.ErrorLog = nil
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	// httptest has a ConnState of its own, which calls this one.
	t.Cleanup(func() { close(release); s.CloseClientConnections(); s.Close() })
	return l, s.Listener.Addr().String(), begun, unused
}

// dial opens a connection and sends text.
func dial(t *testing.T, at, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// request has its answer on a connection that stays open.
func request(t *testing.T, c net.Conn) (int, error) {
	t.Helper()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
		return 0, err
	}
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	_, err = io.Copy(io.Discard, r.Body)
	return r.StatusCode, err
}

const waitRequest = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"

func TestTooManyAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	const most = 200
	l, at, begun, _ := service(t, most, false)
	for range most {
		dial(t, at, waitRequest)
	}
	for range most {
		<-begun
	}
	for range 3 {
		began := time.Now()
		r, err := http.ReadResponse(bufio.NewReader(dial(t, at, "")), nil)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(r.Body)
		if err != nil || r.StatusCode != 503 || r.Header.Get("Retry-After") == "" || !strings.Contains(string(said), "too many connections are open") {
			t.Errorf("%d %q, %v", r.StatusCode, said, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the refusal took %v", took)
		}
	}
	if l.Open() != most || l.Refused() != 3 {
		t.Errorf("%d are open, %d were refused", l.Open(), l.Refused())
	}
}

// What nobody uses makes room: connections that wait for a next request, and
// those on which nothing was ever said.
func TestUnusedOnesMakeRoom(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const most = 10
			l, at, begun, unused := service(t, most, secure)
			open := func(text string) net.Conn {
				if !secure {
					return dial(t, at, text)
				}
				c, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				if _, err := io.WriteString(c, text); err != nil {
					t.Fatal(err)
				}
				return c
			}
			for range most - 2 {
				open(waitRequest)
				<-begun
			}
			idle := open("")
			if status, err := request(t, idle); err != nil || status != 200 {
				t.Fatal(status, err)
			}
			<-unused
			silent := dial(t, at, "")
			if status, err := request(t, open("")); err != nil || status != 200 {
				t.Fatalf("a new one, with an idle one there: %d, %v", status, err)
			}
			<-unused
			if status, err := request(t, idle); err == nil {
				t.Errorf("the idle one is still served: %d", status)
			}
			open(waitRequest) // in place of the one before
			<-begun
			if _, err := silent.Write([]byte{}); err != nil {
				t.Fatal(err)
			}
			last := time.Now().Add(10 * time.Second)
			for served := false; !served; { // when the silent one was silent for long enough
				if time.Now().After(last) {
					t.Fatal("a silent one keeps its place")
				}
				c, err := net.Dial("tcp", at)
				if err != nil {
					t.Fatal(err)
				}
				if secure {
					c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
				}
				_ = c.SetDeadline(last)
				status, err := request(t, c)
				served = err == nil && status == 200
				c.Close()
			}
			if _, err := silent.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the silent one: %v", err)
			}
			if l.Open() > most {
				t.Errorf("%d are open", l.Open())
			}
		})
	}
}
