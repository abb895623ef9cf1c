package sessions_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

func TestNewID(t *testing.T) {
	a, b := sessions.NewID(), sessions.NewID()
	if a == b || len(a) != 32 {
		t.Errorf("NewID gave %q and %q", string(a), string(b))
	}
	if got, err := sessions.ParseID(string(a)); err != nil || got != a {
		t.Errorf("ParseID(%q) = %q, %v", string(a), string(got), err)
	}
	if s := fmt.Sprintf("%v %s", a, a); strings.Contains(s, string(a)) {
		t.Errorf("an ID shows where it is printed: %s", s)
	}
}

func TestParseID(t *testing.T) {
	for _, id := range []string{"abcd", strings.Repeat("x", 128), "a|b-c&d^e%f$g#h(i){j}[k];<l>", "user@host:1/2"} {
		if _, err := sessions.ParseID(id); err != nil {
			t.Errorf("ParseID(%q): %v", id, err)
		}
	}
	for _, id := range []string{"", "abc", strings.Repeat("x", 129), "with space", "new\nline", "ünïcode", "back\\slash", "emoji😀", "\x7f\x7f\x7f\x7f"} {
		_, err := sessions.ParseID(id)
		if !errors.Is(err, sessions.ErrInvalidID) {
			t.Errorf("ParseID(%q): %v", id, err)
		} else if len(id) > 3 && strings.Contains(err.Error(), id) {
			t.Errorf("the error repeats the identifier: %v", err)
		}
	}
}

func TestCapacityError(t *testing.T) {
	err := error(&sessions.CapacityError{Limit: 2, RetryAfter: 90 * time.Second})
	if !errors.Is(err, sessions.ErrNoCapacity) || !strings.Contains(err.Error(), "1m30s") {
		t.Errorf("%v", err)
	}
}
