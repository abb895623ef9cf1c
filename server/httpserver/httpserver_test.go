package httpserver

import (
	"strings"
	"testing"
)

func TestListenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	taken, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	for address, want := range map[string]string{
		taken.Addr().String(): "another program listens there",
		"192.0.2.1:0":         "an address of this machine",
	} {
		if _, err := Listen(address); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), address) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
