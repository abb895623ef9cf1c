package server

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions/sessionstest"
)

// TestConversationFlags runs the command with the bounds on conversations that
// its flags give.
func TestConversationFlags(t *testing.T) {
	t.Parallel()
	said, stop := listenOf(t, &fakePool{Fake: &sessionstest.Fake{}}, "--transport=http", "--no-auth", "--max-conversations=1", "--conversation-idle=1s")
	s := &webServer{t: t, url: saidURL.FindString(said)}
	session := s.begin(ada)
	began := time.Now()
	if a := s.do(request{body: initializeBody}); a.status != 429 {
		t.Errorf("a second conversation: %d %s", a.status, a.text)
	}
	for { // a conversation that ended makes room for another
		if a := s.do(request{body: initializeBody}); a.status == 200 {
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("the conversation is kept for %v", time.Since(began))
		}
		<-time.After(20 * time.Millisecond)
	}
	if after := time.Since(began); after < 900*time.Millisecond {
		t.Errorf("it ended after %v", after)
	}
	if a := s.do(request{session: session, body: runCall(1, "x")}); a.status != 404 {
		t.Errorf("the one that ended: %d %s", a.status, a.text)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
