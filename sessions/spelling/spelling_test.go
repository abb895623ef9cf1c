package spelling

import (
	"errors"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestFind(t *testing.T) {
	t.Parallel()
	const composed, decomposed = "\u00c4", "A\u0308"
	pool, id := &sessionstest.Fake{}, sessions.NewID()
	for _, name := range []string{decomposed + "/x.txt", "\u00e9 e\u0301", "e\u0301 \u00e9"} {
		if _, err := pool.Upload(t.Context(), id, name, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, there, rest string }{
		{"ascii/never looked up", "ascii/never looked up", ""},
		{decomposed + "/x.txt", decomposed + "/x.txt", ""},
		{composed + "/x.txt", decomposed + "/x.txt", ""},
		{composed + "/new/y.txt", decomposed, "new/y.txt"},
		{composed + "/x.txt/below", decomposed, "x.txt/below"},
		{"\u00fc", "", "\u00fc"},
		{"\u00e9 e\u0301", "\u00e9 e\u0301", ""},
	} {
		there, rest, err := Find(t.Context(), pool, id, tt.name)
		if err != nil || there != tt.there || rest != tt.rest {
			t.Errorf("%+q: got %+q and %+q, %v; want %+q and %+q", tt.name, there, rest, err, tt.there, tt.rest)
		}
	}
	if _, _, err := Find(t.Context(), pool, id, "\u00e9 \u00e9"); !errors.Is(err, sessions.ErrInvalidName) {
		t.Errorf("of two forms neither was given: %v", err)
	}
}
