package notices

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	h := NewHistory(nil, "", false)
	h.Uploaded("a", "x")
	h.Uploaded("a", "x")
	for i, step := range []struct {
		incarnation string
		replaced    bool
		uploads     []string
	}{
		{"", false, nil}, {"1", false, nil}, {"1", false, nil},
		{"2", true, []string{"x"}}, {"1", false, nil}, {"2", false, nil}, {"3", true, nil},
	} {
		if replaced, uploads := h.observe("a", step.incarnation); replaced != step.replaced || !slices.Equal(uploads, step.uploads) {
			t.Errorf("step %d: %v %v", i, replaced, uploads)
		}
	}
	if replaced, _ := h.observe("b", "9"); replaced {
		t.Error("another session counts")
	}
	if !h.differs("a", "4") || h.differs("a", "3") || h.differs("c", "1") || h.differs("a", "") {
		t.Error("differs is wrong")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	h := NewHistory(nil, "", false)
	for i := range maxRemembered + 10 {
		h.observe("kept", "1")
		h.observe(sessions.ID(fmt.Sprint("session-", i)), "1")
	}
	for i := range maxUploads + 10 {
		h.Uploaded("kept", fmt.Sprint(i))
	}
	if p, ok := h.sessions.Get("kept"); h.sessions.Len() != maxRemembered || !ok || len(p.uploads) != maxUploads {
		t.Errorf("%d sessions, %+v", h.sessions.Len(), p)
	}
}

// TestEarlierFiles says nothing of variables that are lost.
func TestEarlierFiles(t *testing.T) {
	t.Parallel()
	x := &sessions.Execution{Restart: sessions.RestartDied}
	pool := &sessionstest.Fake{}
	if _, err := pool.Execute(t.Context(), historySession, sessions.Request{Code: "x"}); err != nil {
		t.Fatal(err)
	}
	toolstest.Later()
	var said List
	NewHistory(pool, sessions.DataDir, true).tellEarlier(t.Context(), &said, historySession, x)
	if said := said.String(); !strings.Contains(said, "its files are available") || strings.Contains(said, "variables") {
		t.Errorf("it is told %q", said)
	}
}

// An answer says that code does not see the user's folders, and what to do instead, if the
// one before it has not said that.
func TestUnseenFolders(t *testing.T) {
	t.Parallel()
	h := NewHistory(nil, "", false)
	for i, run := range []struct{ why, says string }{
		{"", ""},
		{"it is\non another machine", "as they are: it is on another machine. upload_file(local_path=...) copies"},
		{"it is\non another machine", ""},
		{"it was replaced", "as they are: it was replaced. upload_file"},
		{"", ""},
		{"it was replaced", "as they are: it was replaced. upload_file"},
	} {
		var said List
		h.Tell(t.Context(), &said, historySession, &sessions.Execution{Unseen: run.why})
		if got := said.String(); said.Empty() != (run.says == "") || !strings.Contains(got, run.says) {
			t.Errorf("run %d: %q, want %q", i, got, run.says)
		}
	}
}

const historySession sessions.ID = "test-session"
