package httpservertest

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// Dial connects to a service and sends text, which is no whole request. It returns
// the reader of what the service answers, for 20 s.
func Dial(t testing.TB, url, text string) *bufio.Reader {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(conn)
}

// IsTimeout reports whether reading ended because nothing came.
func IsTimeout(err error) bool {
	failed, ok := err.(net.Error)
	return ok && failed.Timeout()
}
