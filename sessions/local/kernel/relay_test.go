package kernel

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// freePort returns a port of the loopback that nothing listens at.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// serveTest answers "echo" with what follows, "zeros N" with so many bytes, "count" with
// how many bytes came, and "hang" with nothing, until the stream ends.
func serveTest(ctx context.Context, s Stream) {
	line := make([]byte, 0, 64)
	for b := make([]byte, 1); len(line) < cap(line); {
		if _, err := s.Read(b); err != nil {
			return
		}
		if b[0] == '\n' {
			break
		}
		line = append(line, b[0])
	}
	switch word, n, _ := strings.Cut(string(line), " "); word {
	case "echo":
		_, _ = io.Copy(s, s)
	case "zeros":
		var size int64
		fmt.Sscan(n, &size)
		_, _ = io.CopyN(s, zeros{}, size)
	case "count":
		size, _ := io.Copy(io.Discard, s)
		fmt.Fprintf(s, "%d", size)
	case "hang":
		<-ctx.Done()
	}
	_ = s.CloseWrite()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func startRelayed(t testing.TB) *process {
	t.Helper()
	p := start(t, Settings{Relay: freePort(t)}, Options{Relay: serveTest})
	p.run(t, `import socket, os, threading, time, subprocess, sys
port = int(os.environ["HTTP_PROXY"].rpartition(":")[2])
def ask(line, data=b"", end=True):
    s = socket.create_connection(("127.0.0.1", port))
    def send():
        s.sendall(line.encode() + b"\n" + data)
        if end: s.shutdown(socket.SHUT_WR)
    threading.Thread(target=send).start()
    got = bytearray()
    while b := s.recv(1 << 16): got += b
    s.close()
    return bytes(got)`)
	return p
}

// TestRelay passes connections of the code, of its threads and of its children, also
// between executions, and beside streams that nobody reads.
func TestRelay(t *testing.T) {
	t.Parallel()
	p := startRelayed(t)
	for _, c := range []struct{ code, want string }{
		{"ask('echo', b'hello')", `"b'hello'"`},
		{"data = os.urandom(3 << 20)\nask('echo', data) == data", "true"},
		{"len(ask('zeros 5000000'))", "5000000"},
		{"ask('count', bytes(4 << 20))", `"b'4194304'"`},
		// Streams that nobody reads hold back no other, and neither output nor the result.
		{"stuck = []\nfor i in range(20):\n    s = socket.create_connection(('127.0.0.1', port)); s.sendall(b'zeros 100000000\\n'); stuck.append(s)\ntime.sleep(.3)\nask('echo', b'still')", `"b'still'"`},
		{"for s in stuck: s.close()\nlen(ask('zeros 1000000'))", "1000000"},
		// Threads go on between executions.
		{"out = []\nt = threading.Thread(target=lambda: (time.sleep(.3), out.append(len(ask('zeros 3000000'))))); t.start()", `""`},
		{"t.join(); out", "[3000000]"},
		{"r = subprocess.run([sys.executable, '-c', f'import socket; s = socket.create_connection((\"127.0.0.1\", {port})); s.sendall(b\"echo\\\\nchild\"); s.shutdown(1); print(s.recv(9))'], capture_output=True, text=True)\nr.stdout + r.stderr", `"b'child'\n"`},
		// More than a session may have wait for others to end.
		{"ts = [threading.Thread(target=lambda: out.append(len(ask('zeros 100000')))) for _ in range(80)]\n[t.start() for t in ts]; [t.join() for t in ts]; sum(out[1:])", "8000000"},
		{"pid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)[1], ask('echo', b'after a fork')", ""},
	} {
		o := p.run(t, c.code)
		if o.Error != nil || c.want != "" && string(o.Result) != c.want && o.Text != strings.Trim(c.want, `"`) {
			t.Errorf("%s: %s, %s, %+v", c.code, o.Result, o.Text, o.Error)
		}
	}
	awaitIdle(t, p, true)
	p.run(t, "s = socket.create_connection(('127.0.0.1', port)); s.sendall(b'hang\\n')")
	awaitIdle(t, p, false)
}

// awaitIdle waits until the kernel says whether it is idle: the relay may not have seen yet
// that a connection was made, or has ended.
func awaitIdle(t *testing.T, p *process, want bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		r, err := p.IdleReport()
		if err == nil && r.Answered && r.Idle == want {
			return
		}
		if err != nil || time.Now().After(end) {
			t.Fatalf("want %v: %+v, %v", want, r, err)
		}
	}
}

// TestRelayThroughput asserts that much arrives whole, and logs how fast.
func TestRelayThroughput(t *testing.T) {
	p := startRelayed(t)
	const size = 256 << 20
	begin := time.Now()
	o := p.run(t, fmt.Sprintf("s = socket.create_connection(('127.0.0.1', port)); s.sendall(b'zeros %d\\n'); n = 0; b = bytearray(1 << 18)\nwhile m := s.recv_into(b): n += m\nn", size))
	if string(o.Result) != fmt.Sprint(size) {
		t.Fatalf("%s, %+v", o.Result, o.Error)
	}
	t.Logf("%.0f MB/s", size/time.Since(begin).Seconds()/1e6)
}
