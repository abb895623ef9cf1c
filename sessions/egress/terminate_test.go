package egress

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// serveTLS starts a server of ok.example that writes down what it is asked, and answers
// with all of it.
func serveTLS(t *testing.T) (*httptest.Server, *[]string) {
	var mu sync.Mutex
	var requests []string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/early" {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		said := fmt.Sprintf("%s %s %s %q %v", r.Method, r.Host, r.RequestURI, body, r.Header)
		requests = append(requests, said)
		for name, values := range r.Header {
			w.Header()["Echo-"+name] = values
		}
		switch r.URL.Path {
		case "/redirect":
			w.Header().Set("Location", "https://other.example/?"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			fmt.Fprint(z, said)
		case "/br":
			w.Header().Set("Content-Encoding", "br")
		case "/long":
			fmt.Fprint(w, strings.Repeat(said, 1+maxWhole/len(said)))
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
		default:
			fmt.Fprint(w, said)
		}
	}))
	server.StartTLS()
	t.Cleanup(server.Close)
	return server, &requests
}

// secretBench makes a proxy with the secrets KEY and SECOND of ok.example and OTHER of
// other.example, which are the same server.
func secretBench(t *testing.T) (*bench, *Client, *[]string) {
	t.Helper()
	server, requests := serveTLS(t)
	b := newBench(t, server.Listener.Addr(), nil, "ok.example:PORT", "other.example:PORT", "open.example:PORT")
	var list []string
	for _, text := range []string{"KEY@ok.example:PORT", "SECOND@ok.example:PORT", "OTHER@other.example:PORT"} {
		list = append(list, strings.ReplaceAll(text, "PORT", b.port))
	}
	b.opts.Secrets = testSecrets(t, b.opts.Rules, list...)
	b.roots = x509.NewCertPool()
	server.TLS.Certificates = []tls.Certificate{hostCertificate(t, b.roots, "ok.example")}
	client, err := b.Client([]byte("a key"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b, client, requests
}

// hostCertificate makes a certificate for a host that a pool trusts.
func hostCertificate(t *testing.T, pool *x509.CertPool, host string) tls.Certificate {
	t.Helper()
	authority, err := newAuthority([]byte("an authority of the internet"))
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(authority.cert)
	leaf, err := authority.issue(host)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

// tunnelTo asks the proxy for a host and speaks TLS in what comes of it, as code does.
func (b *bench) tunnelTo(t *testing.T, c *Client, host, name string) (*tls.Conn, error) {
	t.Helper()
	raw := b.connect(t, c)
	fmt.Fprintf(raw, "CONNECT %s:%s HTTP/1.1\r\nHost: x\r\n\r\n", host, b.port)
	established(t, raw)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(c.Authority()))
	conn := tls.Client(raw, &tls.Config{RootCAs: pool, ServerName: name, NextProtos: []string{"h2", "http/1.1"}})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return conn, conn.HandshakeContext(ctx)
}

// established reads that the proxy has let a connection through.
func established(t *testing.T, raw net.Conn) {
	t.Helper()
	line := make([]byte, len("HTTP/1.1 200 Connection established\r\n\r\n"))
	if _, err := io.ReadFull(raw, line); err != nil || !strings.Contains(string(line), " 200 ") {
		t.Fatalf("%q, %v", line, err)
	}
}

// sayTLS sends text to ok.example by a connection of its own, and returns all that comes.
// KEY, SECOND and OTHER are the placeholders.
func (b *bench) sayTLS(t *testing.T, c *Client, text string) string {
	t.Helper()
	conn, err := b.tunnelTo(t, c, "ok.example", "ok.example")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	variables := c.Environment()
	_, _ = io.WriteString(conn, strings.NewReplacer("PORT", b.port, "{KEY}", variables["KEY"], "{SECOND}", variables["SECOND"], "{OTHER}", variables["OTHER"]).Replace(text))
	_ = conn.CloseWrite()
	answer, _ := io.ReadAll(conn)
	return string(answer)
}

// TestSecretsArrive: the host gets the secrets in headers and the query, and the session
// sees the placeholders in all that the host says of them.
func TestSecretsArrive(t *testing.T) {
	t.Parallel()
	b, c, requests := secretBench(t)
	key, second := "KEY"+testKey, "SECOND"+testKey
	token := base64.StdEncoding.EncodeToString([]byte("ada:" + c.Environment()["KEY"]))
	for _, tt := range []struct{ name, line, head, want string }{
		{"a header", "GET /", "Authorization: Bearer {KEY}", "Bearer " + key},
		{"two secrets", "GET /", "X-Api-Key: {KEY}\r\nX-Other: a{SECOND}b", "a" + second + "b"},
		{"a name and a password", "GET /", "authorization: basic " + token, "Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+key))},
		{"the query", "GET /?a={KEY}&b=1", "", "a=" + url.QueryEscape(key) + "&b=1"},
		{"a compressed answer", "GET /gzip", "X-Api-Key: {KEY}", key},
		{"a long answer", "GET /long?{SECOND}", "X-Api-Key: {KEY}", key},
		{"no content", "DELETE /empty", "X-Api-Key: {KEY}", key},
		{"HEAD", "HEAD /", "X-Api-Key: {KEY}", key},
		{"a redirect", "GET /redirect?k={KEY}", "", url.QueryEscape(key)},
		{"a body", "POST /", "X-Api-Key: {KEY}\r\nContent-Length: 5\r\n\r\n{KEY}", key},
		{"a body in chunks, asked for", "PUT /", "X-Api-Key: {KEY}\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", key},
	} {
		t.Run(tt.name, func(t *testing.T) { // at whose end the proxy has logged the connection
			*requests = nil
			answer := b.sayTLS(t, c, tt.line+" HTTP/1.1\r\nHost: OK.example:PORT\r\nConnection: x-gone\r\nX-Gone: 1\r\n"+tt.head+"\r\n\r\n")
			if len(*requests) == 0 || !strings.Contains((*requests)[0], tt.want) || !strings.Contains((*requests)[0], " ok.example:"+b.port+" ") || strings.Contains((*requests)[0], "X-Gone") {
				t.Errorf("%s: the host got %q, want %q", tt.name, *requests, tt.want)
			}
			if shows(answer, key, second) || !strings.Contains(answer, "placeholder-KEY-") && tt.name != "a name and a password" {
				t.Errorf("%s: the session got %q", tt.name, answer)
			}
		})
	}
	b.work.Wait()
	if log := b.log.String(); shows(log, key, second) || !strings.Contains(log, `"secrets":["KEY","SECOND"]`) || strings.Contains(log, "ada") {
		t.Errorf("the log: %s", log)
	}
}

// shows reports whether a text has a value in one of its forms.
func shows(text string, values ...string) bool {
	for _, f := range formsOf(heldFor(values...), nil) {
		if strings.Contains(text, f.text) {
			return true
		}
	}
	return false
}

// TestSecretsAreRefused: to nobody else, in no other place, and by no head that two readers
// may understand differently. The host gets none of these requests.
func TestSecretsAreRefused(t *testing.T) {
	t.Parallel()
	b, c, requests := secretBench(t)
	for _, tt := range []struct{ name, text, want string }{
		{"another host", "GET / HTTP/1.1\r\nHost: other.example:PORT\r\nX-Api-Key: {KEY}\r\n\r\n", " 421 "},
		{"another port", "GET / HTTP/1.1\r\nHost: ok.example:1\r\nX-Api-Key: {KEY}\r\n\r\n", " 421 "},
		{"no host", "GET / HTTP/1.0\r\nX-Api-Key: {KEY}\r\n\r\n", " 421 "},
		{"two hosts", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nHost: evil.example\r\n\r\n", " 400 "},
		{"a whole address", "GET https://other.example/ HTTP/1.1\r\nHost: ok.example:PORT\r\nX-Api-Key: {KEY}\r\n\r\n", " 400 "},
		{"CONNECT", "CONNECT other.example:443 HTTP/1.1\r\nHost: ok.example:PORT\r\n\r\n", " 400 "},
		{"a secret of another host", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nX-Api-Key: {OTHER}\r\n\r\n", " 403 the secret OTHER is for other.example"},
		{"one in a password", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nAuthorization: Basic " + base64.StdEncoding.EncodeToString([]byte(":"+c.Environment()["OTHER"])) + "\r\n\r\n", " 403 "},
		{"a path", "GET /bot{KEY}/send HTTP/1.1\r\nHost: ok.example:PORT\r\n\r\n", " 403 the secret KEY goes into headers and the query"},
		{"a websocket", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Api-Key: {KEY}\r\n\r\n", " 501 "},
		{"length and chunks", "POST / HTTP/1.1\r\nHost: ok.example:PORT\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n", " 400 "},
		{"two lengths", "POST / HTTP/1.1\r\nHost: ok.example:PORT\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", " 400 "},
		{"two encodings", "POST / HTTP/1.1\r\nHost: ok.example:PORT\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", " 400 "},
		{"another encoding", "POST / HTTP/1.1\r\nHost: ok.example:PORT\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", " 400 "},
		{"a length with a sign", "POST / HTTP/1.1\r\nHost: ok.example:PORT\r\nContent-Length: +4\r\n\r\nabcd", " 400 "},
		{"a space before the colon", "POST / HTTP/1.1\r\nHost: ok.example:PORT\r\nContent-Length : 4\r\n\r\nabcd", " 400 "},
		{"a line that goes on", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nX-A: b\r\n c\r\n\r\n", " 400 "},
		{"a line end of LF", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nX-A: b\nX-C: d\r\n\r\n", " 400 "},
		{"line ends of LF", "GET / HTTP/1.1\nHost: ok.example:PORT\n\n", " 400 "},
		{"a bare CR", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nX-A: b\rX-C: d\r\n\r\n", " 400 "},
		{"NUL", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nX-A: \x00\r\n\r\n", " 400 "},
		{"an endless head", "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nX-A: " + strings.Repeat("a", maxHead) + "\r\n\r\n", " 400 "},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", " 400 "},
		{"no HTTP", "\x00\x01\x02\r\n\r\n", " 400 "},
	} {
		if answer := b.sayTLS(t, c, tt.text); !strings.Contains(answer, tt.want) || strings.Count(answer, "HTTP/1.1 ") != 1 {
			t.Errorf("%s: %.300q, want %q", tt.name, answer, tt.want)
		}
	}
	if _, err := b.tunnelTo(t, c, "ok.example", "other.example"); err == nil {
		t.Error("the name inside of TLS is another one")
	}
	variables := c.Environment()
	conn := b.connect(t, c)
	fmt.Fprintf(conn, "GET http://open.example:%s/?a=%s HTTP/1.1\r\nHost: x\r\n\r\n", b.port, variables["KEY"])
	if answer, _ := io.ReadAll(conn); !strings.Contains(string(answer), " 403 the secret KEY is not sent over plain HTTP; write https://ok.example:") {
		t.Errorf("plain HTTP: %q", answer)
	}
	if len(*requests) != 0 {
		t.Errorf("the host was asked: %q", *requests)
	}
	if answer := b.sayTLS(t, c, "GET /br HTTP/1.1\r\nHost: ok.example:PORT\r\nX-Api-Key: {KEY}\r\n\r\n"); !strings.Contains(answer, " 502 ") {
		t.Errorf("an answer that cannot be looked at: %q", answer)
	}
}

// TestSecretHostIsVerified: a host whose certificate nobody trusts, or is for another host,
// gets nothing; nor does one at an address of the machine.
func TestSecretHostIsVerified(t *testing.T) {
	t.Parallel()
	b, c, requests := secretBench(t)
	const get = "GET / HTTP/1.1\r\nHost: ok.example:PORT\r\nX-Api-Key: {KEY}\r\n\r\n"
	roots := b.roots
	b.roots = x509.NewCertPool()
	if answer := b.sayTLS(t, c, get); !strings.Contains(answer, " 502 ok.example cannot be reached: tls: failed to verify certificate") {
		t.Errorf("an authority that nobody trusts: %q", answer)
	}
	b.roots = roots
	b.dial.reachable = public
	if answer := b.sayTLS(t, c, get); !strings.Contains(answer, " 403 ok.example cannot be reached: its name leads to this machine") {
		t.Errorf("an address of this machine: %q", answer)
	}
	if len(*requests) != 0 {
		t.Errorf("the host was asked: %q", *requests)
	}
}

// TestSecretConnection: requests follow each other on one connection, each looked at, and
// a host without a secret gets the bytes of the session as they are.
func TestSecretConnection(t *testing.T) {
	t.Parallel()
	b, c, requests := secretBench(t)
	two := "POST /1 HTTP/1.1\r\nHost: ok.example:PORT\r\nContent-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: ok.example:PORT\r\nX-Api-Key: {KEY}\r\n\r\n"
	answer := b.sayTLS(t, c, two+"GET /3 HTTP/1.1\r\nHost: evil.example\r\nX-Api-Key: {KEY}\r\n\r\n")
	if strings.Count(answer, "HTTP/1.1 200") != 2 || strings.Count(answer, "HTTP/1.1 421") != 1 || len(*requests) != 2 {
		t.Errorf("%q, %q", answer, *requests)
	}
	b.work.Wait()
	if d := c.TakeDecisions(); len(d) != 2 || d[0].Host != "ok.example" || d[0].Refused == "" || d[1].Refused != "" || d[1].Sent < int64(len(two)/2) || d[1].Received == 0 {
		t.Errorf("decisions: %+v", d)
	}
	raw := b.connect(t, c)
	fmt.Fprintf(raw, "CONNECT open.example:%s HTTP/1.1\r\nHost: x\r\n\r\n", b.port)
	established(t, raw)
	conn := tls.Client(raw, &tls.Config{RootCAs: b.roots, ServerName: "ok.example"})
	fmt.Fprintf(conn, "GET /open HTTP/1.1\r\nHost: open.example\r\nConnection: close\r\nX-Api-Key: %s\r\n\r\n", c.Environment()["KEY"])
	if text, err := io.ReadAll(conn); err != nil || !bytes.Contains(text, []byte(c.Environment()["KEY"])) {
		t.Errorf("a host without a secret: %q, %v", text, err)
	}
	if last := (*requests)[len(*requests)-1]; !strings.Contains(last, "placeholder-KEY-") || strings.Contains(last, testKey) {
		t.Errorf("a host without a secret got %q", last)
	}
}

// TestSecretEarlyAnswer: a host that answers before it has read the body ends the
// connection, and the code gets the answer, whether it waits for leave to send or not.
func TestSecretEarlyAnswer(t *testing.T) {
	t.Parallel()
	b, c, _ := secretBench(t)
	for _, head := range []string{"", "Expect: 100-continue\r\n"} {
		conn, err := b.tunnelTo(t, c, "ok.example", "ok.example")
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(conn, "POST /early HTTP/1.1\r\nHost: ok.example:%s\r\n%sX-Api-Key: %s\r\nContent-Length: 100000000\r\n\r\n", b.port, head, c.Environment()["KEY"])
		if head == "" {
			_, _ = conn.Write(make([]byte, 1<<20))
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge || !resp.Close {
			t.Errorf("%q: %+v, %v", head, resp, err)
		}
		conn.Close()
	}
}
