package server

import (
	"strings"
	"testing"
)

func TestNamedSessionIDs(t *testing.T) {
	t.Parallel()
	a, b := namedSession("a"), namedSession("b")
	if a == b || a != namedSession("a") || strings.Contains(string(namedSession("work")), "work") {
		t.Errorf("%q, %q", string(a), string(b))
	}
}
