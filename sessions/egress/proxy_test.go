package egress

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
)

// A bench is a proxy that reaches a server of the test on loopback, by names that the
// test makes up, and what it has logged.
type bench struct {
	*Proxy
	log   *bytes.Buffer
	port  string // of the server
	asked atomic.Int64
	work  sync.WaitGroup // streams that are served
}

var loopback = netip.MustParseAddr("127.0.0.1")

// newBench makes a proxy. names are the addresses of names; all others have that of the
// server at address. PORT in a rule is its port. Loopback can be reached, which nothing
// outside of this package can tell a proxy.
func newBench(t *testing.T, address net.Addr, names map[string]string, list ...string) *bench {
	t.Helper()
	b := &bench{log: &bytes.Buffer{}, port: "1"}
	if address != nil {
		b.port = strconv.Itoa(address.(*net.TCPAddr).Port)
	}
	for i, text := range list {
		list[i] = strings.ReplaceAll(text, "PORT", b.port)
	}
	b.Proxy = New(Options{Rules: parse(t, list...), Logger: zerolog.New(zerolog.SyncWriter(b.log))})
	b.dial.lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
		b.asked.Add(1)
		if text, ok := names[host]; ok {
			return []netip.Addr{netip.MustParseAddr(text)}, nil
		}
		return []netip.Addr{loopback}, nil
	}
	b.dial.reachable = func(a netip.Addr) bool { return a == loopback || public(a) }
	return b
}

type tcpStream struct{ *net.TCPConn }

// connect opens a stream to the proxy, as code does.
func (b *bench) connect(t *testing.T, c *Client) *net.TCPConn {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	b.work.Go(func() { c.Serve(t.Context(), tcpStream{far}) })
	t.Cleanup(func() { near.Close(); b.work.Wait() })
	return near
}

// say sends text to the proxy and returns all that it answers.
func (b *bench) say(t *testing.T, text string) string {
	t.Helper()
	conn := b.connect(t, &Client{proxy: b.Proxy})
	_, _ = io.WriteString(conn, strings.ReplaceAll(text, "PORT", b.port))
	_ = conn.CloseWrite()
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

// serve starts a server that writes down what it is asked.
func serve(t *testing.T) (net.Addr, *[]string) {
	var mu sync.Mutex
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, fmt.Sprintf("%s %s %s %q %v", r.Method, r.Host, r.RequestURI, body, r.Header))
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "http://127.0.0.1/secret", http.StatusFound)
			return
		}
		fmt.Fprintf(w, "hello %s", body)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr(), &requests
}

// TestTricks sends the proxy what would lead elsewhere if it was believed. None of it may
// reach a server, and no name may be looked up that is not open.
func TestTricks(t *testing.T) {
	t.Parallel()
	address, requests := serve(t)
	names := map[string]string{"inside.example": "10.0.0.1", "meta.example": "169.254.169.254", "mapped.example": "::ffff:10.0.0.1", "nat.example": "64:ff9b::a00:1",
		"six.example": "2002:a00:1::", "self.example": "::1", "azure.example": "168.63.129.16", "none.example": "0.0.0.0", "cgnat.example": "100.64.0.1"}
	open := []string{"ok.example:PORT"}
	for name := range names {
		open = append(open, name+":PORT")
	}
	b := newBench(t, address, names, open...)
	const numeric, inside = " 403 addresses cannot be reached", "its name leads to this machine"
	for _, tt := range []struct{ name, line, want string }{
		{"an address", "CONNECT 127.0.0.1:PORT", numeric},
		{"half an address", "CONNECT 127.1:PORT", numeric},
		{"hexadecimal", "CONNECT 0x7f.1:PORT", numeric},
		{"decimal", "CONNECT 2130706433:PORT", numeric},
		{"octal", "GET http://0177.0.0.1:PORT/", numeric},
		{"a dot behind an address", "GET http://127.0.0.1.:PORT/", numeric},
		{"IPv6", "CONNECT [::1]:PORT", " 400 "},
		{"mapped IPv6", "GET http://[::ffff:127.0.0.1]:PORT/", " 400 "},
		{"a zone", "GET http://[fe80::1%25lo]:PORT/", " 400 "},
		{"another host", "CONNECT other.example:PORT", "--egress other.example:"},
		{"another port", "CONNECT ok.example:22", "--egress ok.example:22"},
		{"a port of more digits", "CONNECT ok.example:0443", " 400 "},
		{"no port", "CONNECT ok.example", " 400 "},
		{"a user", "GET http://ok.example:PORT@127.0.0.1:PORT/", " 400 "},
		{"a user of CONNECT", "CONNECT ok.example@127.0.0.1:PORT", " 40"},
		{"NUL", "CONNECT 127.0.0.1\x00.ok.example:PORT", " 40"},
		{"NUL in an address", "GET http://other.example\x00.ok.example:PORT/", " 400 "},
		{"percent", "GET http://other.example%00ok.example:PORT/", " 40"},
		{"other letters", "CONNECT ök.example:PORT", " 40"},
		{"Punycode of them", "CONNECT xn--k-0ga.example:PORT", "--egress xn--k-0ga.example"},
		{"a full stop of another script", "CONNECT ok。example:PORT", " 40"},
		{"a path", "CONNECT /ok.example:PORT", " 403 "},
		{"TLS in a plain request", "GET https://ok.example:PORT/", " 400 "},
		{"another scheme", "GET ftp://ok.example:PORT/", " 400 "},
		{"no address", "GET /", "--egress pypi"},
		{"no HTTP", "\x16\x03\x01\x02\x00\x01\x00", " 400 "},
		{"SOCKS", "\x05\x01\x00\x05\x01\x00\x03\x0aok.example\x00\x50", " 400 "},
		{"an endless line", "GET http://ok.example/" + strings.Repeat("a", maxHead), ""},
		{"private", "CONNECT inside.example:PORT", " 403 inside.example cannot be reached: " + inside},
		{"metadata", "GET http://meta.example:PORT/latest", inside},
		{"mapped", "CONNECT mapped.example:PORT", inside},
		{"NAT64", "CONNECT nat.example:PORT", inside},
		{"6to4", "CONNECT six.example:PORT", inside},
		{"loopback of IPv6", "CONNECT self.example:PORT", inside},
		{"Azure's services", "CONNECT azure.example:PORT", inside},
		{"nothing", "CONNECT none.example:PORT", inside},
		{"CGNAT", "GET http://cgnat.example:PORT/", inside},
	} {
		before := b.asked.Load()
		answer := b.say(t, tt.line+" HTTP/1.1\r\nHost: ok.example:PORT\r\n\r\n")
		if !strings.Contains(answer, tt.want) || strings.HasPrefix(answer, "HTTP/1.1 200") {
			t.Errorf("%s: %.300q, want %q", tt.name, answer, tt.want)
		}
		if !strings.Contains(tt.want, inside) && b.asked.Load() != before {
			t.Errorf("%s: a name was looked up", tt.name)
		}
	}
	if len(*requests) != 0 {
		t.Errorf("the server was asked: %q", *requests)
	}
	// What is open is reached, so the tricks failed for their own reason.
	if answer := b.say(t, "GET http://OK.example.:PORT/a?b=c HTTP/1.1\r\nHost: 127.0.0.1\r\nProxy-Authorization: x\r\n\r\n"); !strings.HasSuffix(answer, "hello ") {
		t.Errorf("what is open: %q", answer)
	}
	if len(*requests) != 1 || !strings.HasPrefix((*requests)[0], "GET ok.example:"+b.port+` /a?b=c "" map[`) || strings.Contains((*requests)[0], "Proxy") {
		t.Errorf("the server was asked %q", *requests)
	}
	b.work.Wait()
	b.work.Wait()
	if log := b.log.String(); !strings.Contains(log, `"host":"ok.example"`) || strings.Contains(log, "b=c") || strings.Contains(log, "latest") {
		t.Errorf("the log is %s", log)
	}
}

// TestSmuggling sends two requests where one reader may see one.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	address, requests := serve(t)
	b := newBench(t, address, nil, "ok.example:PORT")
	for _, head := range []string{
		"Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 60", "Content-Length: 4\r\nContent-Length: 60",
		"Transfer-Encoding: xchunked", "Transfer-Encoding : chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "Content-Length: +4", "Connection: content-length\r\nContent-Length: 4",
	} {
		b.say(t, "POST http://ok.example:PORT/first HTTP/1.1\r\nHost: x\r\n"+head+"\r\n\r\n0\r\n\r\nGET http://ok.example:PORT/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
	}
	for _, r := range *requests {
		if !strings.HasPrefix(r, "POST ok.example:"+b.port+" /first ") {
			t.Errorf("a server was asked %q", r)
		}
	}
	// A second request on the connection is not even read.
	answer := b.say(t, "GET http://ok.example:PORT/1 HTTP/1.1\r\nHost: x\r\n\r\nGET http://ok.example:PORT/2 HTTP/1.1\r\nHost: x\r\n\r\n")
	if strings.Count(answer, "HTTP/1.1 200") != 1 || !strings.Contains(answer, "Connection: close") {
		t.Errorf("two requests: %q", answer)
	}
	if answer := b.say(t, "POST http://ok.example:PORT/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"); !strings.HasSuffix(answer, "hello abc") {
		t.Errorf("a body in chunks: %q", answer)
	}
	// A redirect is the code's to follow, through the same rules.
	before := len(*requests)
	if answer := b.say(t, "GET http://ok.example:PORT/redirect HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.HasPrefix(answer, "HTTP/1.1 302") || len(*requests) != before+1 {
		t.Errorf("a redirect: %q after %d requests", answer, len(*requests)-before)
	}
}

// TestRebinding asserts that a name is looked up once for a connection, and that its
// second answer is refused.
func TestRebinding(t *testing.T) {
	t.Parallel()
	address, requests := serve(t)
	b := newBench(t, address, nil, "ok.example:PORT")
	b.dial.lookup = func(context.Context, string) ([]netip.Addr, error) {
		if b.asked.Add(1) == 1 {
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"), loopback}, nil
		}
		return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
	}
	const get = "GET http://ok.example:PORT/ HTTP/1.1\r\nHost: x\r\n\r\n"
	if answer := b.say(t, get); !strings.HasSuffix(answer, "hello ") || b.asked.Load() != 1 {
		t.Errorf("%q after %d look-ups", answer, b.asked.Load())
	}
	if answer := b.say(t, get); !strings.Contains(answer, "its name leads to this machine") || len(*requests) != 1 {
		t.Errorf("the second answer: %q", answer)
	}
	b.dial.lookup = func(context.Context, string) ([]netip.Addr, error) { return nil, &net.DNSError{IsNotFound: true} }
	if answer := b.say(t, get); !strings.Contains(answer, " 502 ok.example cannot be reached: there is no host of this name") {
		t.Errorf("no such host: %q", answer)
	}
}

// TestTunnel passes bytes both ways, and counts them.
func TestTunnel(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var echo sync.WaitGroup
	defer echo.Wait()
	defer l.Close()
	echo.Go(func() {
		if conn, err := l.Accept(); err == nil {
			defer conn.Close()
			_, _ = io.Copy(conn, conn)
		}
	})
	b := newBench(t, l.Addr(), nil, "ok.example:PORT")
	client := &Client{proxy: b.Proxy}
	conn := b.connect(t, client)
	data := bytes.Repeat([]byte("abcdefgh"), 1<<17)
	echo.Go(func() {
		fmt.Fprintf(conn, "CONNECT ok.example:%s HTTP/1.1\r\nHost: elsewhere\r\n\r\n", b.port)
		_, _ = conn.Write(data)
		_ = conn.CloseWrite()
	})
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect})
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%+v, %v", resp, err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if n := client.bytes.Load(); n != 2*int64(len(data)) {
		t.Errorf("%d bytes counted", n)
	}
}

// TestBounds asserts that a session that has moved too much moves nothing more, that more
// connections than there may be are told so, and that a session cannot fill the log.
func TestBounds(t *testing.T) {
	t.Parallel()
	address, requests := serve(t)
	b := newBench(t, address, nil, "ok.example:PORT")
	client := &Client{proxy: b.Proxy}
	client.bytes.Store(maxBytes)
	conn := b.connect(t, client)
	fmt.Fprintf(conn, "GET http://ok.example:%s/ HTTP/1.1\r\nHost: x\r\n\r\n", b.port)
	if answer, _ := io.ReadAll(conn); !strings.Contains(string(answer), "as many bytes as it may") || len(*requests) != 0 {
		t.Errorf("%q", answer)
	}
	for range maxConnections {
		b.slots <- struct{}{}
	}
	if answer := b.say(t, "GET http://ok.example:PORT/ HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(answer, " 503 too many connections") {
		t.Errorf("%q", answer)
	}
	b.work.Wait()
	b.log.Reset()
	client = &Client{proxy: b.Proxy}
	for client.refused.Load() < 3*maxRefusals {
		client.logRefusal("a.example", "no")
	}
	if n := strings.Count(b.log.String(), "\n"); n != maxRefusals {
		t.Errorf("%d lines", n)
	}
}
