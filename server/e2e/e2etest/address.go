package e2etest

import (
	"net"
	"testing"
)

// FreeAddress returns an address of this machine at which nobody listens, for what
// must be told a port, or does not say which it took.
func FreeAddress(tb testing.TB) string {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
