package azure

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Signs that cannot be compared with each other make no other session.
func TestIncarnations(t *testing.T) {
	t.Parallel()
	sure := func(guid, etag, allocation string) sign { return sign{guid, etag, allocation, -1} }
	for name, tt := range map[string]struct {
		first, second sign
		same          bool
	}{
		"the GUID":                          {sure("g1", "", "true"), sure("g1", "", "false"), true},
		"another GUID":                      {sure("g1", "", "true"), sure("g2", "", "true"), false},
		"another GUID, allocated unseen":    {sure("g1", "", ""), sure("g2", "", "false"), false},
		"a GUID, then an etag":              {sure("g1", "", "true"), sure("", "0--e1", ""), true},
		"an etag, then a GUID":              {sure("", "0--e1", ""), sure("g1", "", "false"), true},
		"another etag":                      {sure("", "e1", ""), sure("", "e2", ""), false},
		"another etag of the same GUID":     {sure("g1", "e1", ""), sure("g1", "e2", ""), true},
		"the GUID in the etag":              {sure("g1", "", ""), sure("", "0--g1", "true"), true},
		"the etag, said to be new":          {sure("", "e1", ""), sure("", "e1", "true"), true},
		"the GUID, said to be new":          {sure("g1", "", ""), sure("g1", "", "true"), true},
		"nothing but that it is new":        {sure("g1", "", "true"), sure("", "", "true"), false},
		"nothing but that it is not new":    {sure("g1", "", "true"), sure("", "", "false"), true},
		"never anything else":               {sure("", "", "true"), sure("", "", "true"), false},
		"never anything else, and the same": {sure("", "", "true"), sure("", "", "false"), true},
		"an etag, said to be new":           {sure("g1", "", ""), sure("", "e1", "true"), false},
	} {
		in := newIncarnations()
		first, second := in.observe("some-session", tt.first), in.observe("some-session", tt.second)
		if first == "" || second == "" || (first == second) != tt.same {
			t.Errorf("%s: %q, then %q", name, first, second)
		}
	}
	if got := newIncarnations().observe("some-session", sure("", "", "")); got != "" {
		t.Errorf("a session of which nothing is told is called %q", got)
	}
}

// A session that is younger than the last answer is another one.
func TestIncarnationTooYoung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newIncarnations()
		begin := in.observe("some-session", sign{guid: "g1", age: -1})
		time.Sleep(time.Minute)
		if got := in.observe("some-session", sign{etag: "e1", age: time.Minute - time.Second}); got != begin {
			t.Errorf("a session that is as old is another one, %q", got)
		}
		time.Sleep(time.Minute)
		if got := in.observe("some-session", sign{age: 20 * time.Second}); got == begin {
			t.Error("a younger session is the same")
		}
	})
}

func TestIncarnationsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newIncarnations()
		for range maxIncarnations + 100 {
			in.observe(sessions.NewID(), sign{guid: "g", age: -1})
			time.Sleep(time.Millisecond)
		}
		if len(in.known) != maxIncarnations {
			t.Errorf("%d are remembered", len(in.known))
		}
	})
}

func TestSignOf(t *testing.T) {
	t.Parallel()
	h := http.Header{"X-Ms-Session-Guid": {"g"}, "X-Ms-New-Allocation": {"True"}}
	if got := signOf(h); got != (sign{"g", "", "true", -1}) {
		t.Errorf("got %+v", got)
	}
}
