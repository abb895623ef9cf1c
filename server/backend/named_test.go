package backend

import (
	"strings"
	"testing"
)

func TestNamedSessionIDs(t *testing.T) {
	t.Parallel()
	a, b := NamedSession("a"), NamedSession("b")
	if a == b || a != NamedSession("a") || strings.Contains(string(NamedSession("work")), "work") {
		t.Errorf("%q, %q", string(a), string(b))
	}
}
