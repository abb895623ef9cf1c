//go:build nginx

package nginx

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
	"dynamic-sessions-mcp/server/oauth/oauthtest"
)

// anyServer takes the line out that keeps a conversation at one server.
func anyServer(conf string) string {
	var kept strings.Builder
	for line := range strings.Lines(conf) {
		if !strings.HasPrefix(strings.TrimSpace(line), "hash ") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func asDocumented(conf string) string { return conf }

// waitForFile is code that runs until a file is uploaded, and keeps a variable.
const waitForFile = "import os, time\nkept = 1\nwhile not os.path.exists('/mnt/data/go.txt'):\n    time.sleep(0.05)\n'gone on'"

// forever is code that runs until it is interrupted, and keeps a variable.
const forever = "import time\nkept = 5\ntime.sleep(45)\nkept = 'nobody stopped it'"

// TestNginxReplicas has nginx send each message to another server than the one
// before.
func TestNginxReplicas(t *testing.T) {
	r := startReplicas(t, anyServer)
	t.Run("sessions", func(t *testing.T) { testSessionAtAnyServer(t, r) })
	t.Run("handles", func(t *testing.T) { testHandleAtAnyServer(t, r) })
	t.Run("progress", func(t *testing.T) { testProgressThroughNginx(t, r) })
	t.Run("hanging up", func(t *testing.T) { testHangUpThroughNginx(t, r) })
	t.Run("large upload", func(t *testing.T) { testLargeUploadThroughNginx(t, r) })
	t.Run("deleted session", func(t *testing.T) { testDeletedSession(t, r) })
	t.Run("strangers", func(t *testing.T) { testStrangersThroughNginx(t, r) })
	for _, s := range r.servers {
		if counted := r.metrics(t, s); !strings.Contains(counted, `dynamic_sessions_calls_total{`) || !strings.Contains(counted, `run_python`) {
			t.Errorf("a server counted no call:\n%.500s", counted)
		}
	}
	t.Run("killed", func(t *testing.T) { testKilledServer(t, r) })
}

// testSessionAtAnyServer adds to a variable and to a file with every call.
func testSessionAtAnyServer(t *testing.T, r *replicas) {
	c := r.newCaller(t)
	c.Begin()
	c.Run("values = []", "")
	for i := range 9 {
		c.Run(fmt.Sprintf("values.append(%d)\nprint(%d, file=open('values.txt', 'a'))", i, i), "")
		if i%3 == 0 { // else each kind of call would always come to the same server
			c.Run("'hello'", "")
		}
		want := fmt.Sprintf("%d %d\n", i+1, i+1)
		if got := c.Run("print(len(values), len(open('values.txt').readlines()))", ""); !strings.Contains(got, want) {
			t.Fatalf("after call %d: %s, want %s", i, got, want)
		}
	}
	assertBoth(t, c)
}

func testHandleAtAnyServer(t *testing.T, r *replicas) {
	c := r.newCaller(t)
	handle := c.Handle(c.Run("values = ['first']", ""))
	for i := range 7 {
		if got := c.Run("values.append('x'); len(values)", handle); !strings.Contains(got, fmt.Sprint(i+2)) {
			t.Errorf("call %d: %s", i, got)
		}
	}
	assertBoth(t, c)
	if got := c.Run("'values' in globals()", ""); !strings.Contains(got, "False") {
		t.Errorf("without the handle: %s", got)
	}
}

// assertBoth checks that both servers answered.
func assertBoth(t *testing.T, c *e2etest.Caller) {
	t.Helper()
	if delete(c.Servers, ""); len(c.Servers) != 2 {
		t.Errorf("answers came from %v", c.Servers)
	}
}

// testProgressThroughNginx lets code end only when its progress has been read.
func testProgressThroughNginx(t *testing.T, r *replicas) {
	for _, era := range []string{"session", "handle"} {
		c := r.newCaller(t)
		arguments := map[string]any{"code": waitForFile}
		upload := map[string]any{"filename": "go.txt", "content": "go"}
		if era == "session" {
			c.Begin()
			c.Run("0", "") // another server begins
		} else {
			handle := c.Handle(c.Run("0", ""))
			arguments["session_id"], upload["session_id"] = handle, handle
		}
		running := c.Call("run_python", arguments)
		running.UnderWay(t)
		running.UnderWay(t)
		uploaded := c.Call("upload_file", upload)
		if m := uploaded.Last(); m.Result == nil || m.Result.IsError || uploaded.Server == running.Server {
			t.Errorf("%s: the file was stored by %s: %+v", era, uploaded.Server, m)
		}
		if m := running.Last(); !strings.Contains(m.Text(), "gone on") {
			t.Errorf("%s: %+v", era, m)
		}
	}
}

// testHangUpThroughNginx cancels a call of the newer era, at whichever server.
func testHangUpThroughNginx(t *testing.T, r *replicas) {
	c := r.newCaller(t)
	handle := c.Handle(c.Run("kept = 1", ""))
	for range 2 {
		running := c.Call("run_python", map[string]any{"code": forever, "session_id": handle})
		running.UnderWay(t)
		running.HangUp()
		assertInterrupted(t, func() string { return c.Run("kept", handle) })
	}
	assertBoth(t, c)
}

// assertInterrupted checks that the session goes on long before the code that ran
// would have ended by itself.
func assertInterrupted(t *testing.T, look func() string) {
	t.Helper()
	began := time.Now()
	if got := look(); !strings.Contains(got, "5") || time.Since(began) > 20*time.Second {
		t.Errorf("after %v it read %s", time.Since(began), got)
	}
}

func testLargeUploadThroughNginx(t *testing.T, r *replicas) {
	c := r.newCaller(t)
	c.Begin()
	data := bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16)
	e := c.Call("upload_file", map[string]any{"filename": "large.bin", "content_base64": base64.StdEncoding.EncodeToString(data)})
	if m := e.Last(); m.Result == nil || m.Result.IsError {
		t.Fatalf("%d %+v", e.StatusCode, m)
	}
	got := c.Run("import os; os.path.getsize('large.bin')", "")
	if !strings.Contains(got, fmt.Sprint(len(data))) {
		t.Errorf("it has %s", got)
	}
	assertBoth(t, c)
}

// testDeletedSession ends a session at one server. It is unknown there; another
// that still has it begins an empty one, and says so.
func testDeletedSession(t *testing.T, r *replicas) {
	c := r.newCaller(t)
	c.Begin()
	c.Run("secret = 1", "")
	c.Run("secret", "") // both servers have it now
	deleted := c.Send("DELETE", "/mcp", "", nil)
	if status := deleted.End(); status != http.StatusNoContent {
		t.Fatalf("DELETE: %d", status)
	}
	told := false
	for range 4 {
		e := c.Call("run_python", map[string]any{"code": "'secret' in globals()"})
		m := e.Last()
		if e.Server == deleted.Server {
			if e.StatusCode != http.StatusNotFound {
				t.Errorf("where it was deleted: %d %+v", e.StatusCode, m)
			}
			continue
		}
		told = told || strings.Contains(m.Text(), "The session was restarted")
		if !told || !strings.Contains(m.Text(), "False") {
			t.Errorf("elsewhere: %d %s", e.StatusCode, m.Text())
		}
	}
	assertBoth(t, c)
}

func testStrangersThroughNginx(t *testing.T, r *replicas) {
	c := r.newCaller(t)
	for name, tt := range map[string]struct {
		header map[string]string
		status int
	}{
		"wrong token":  {map[string]string{"Authorization": "Bearer wrong"}, 401},
		"evil name":    {map[string]string{"Host": "evil.example"}, 403},
		"evil page":    {map[string]string{"Origin": "http://evil.example"}, 403},
		"made up name": {map[string]string{"Mcp-Session-Id": "AaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAaAa"}, 404},
	} {
		if status := c.Send("POST", "/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, tt.header).End(); status != tt.status {
			t.Errorf("%s: %d, want %d", name, status, tt.status)
		}
	}
}

// testKilledServer kills a server while it runs a call of a conversation.
func testKilledServer(t *testing.T, r *replicas) {
	old, now := r.newCaller(t), r.newCaller(t)
	old.Begin()
	old.Run("old = 3", "")
	handle := now.Handle(now.Run("kept = 4", ""))
	running := now.Call("run_python", map[string]any{"code": forever, "session_id": handle})
	running.UnderWay(t)
	killed := 0
	if running.Server == r.servers[1].address {
		killed = 1
	}
	r.servers[killed].Kill()
	if m := running.Last(); m.Result != nil {
		t.Errorf("the call of the server that died was answered: %+v", m)
	}
	assertInterrupted(t, func() string { return now.Run("kept", handle) })
	for range 4 {
		if got := old.Run("old", ""); !strings.Contains(got, "3") {
			t.Errorf("the session: %s", got)
		}
		if got := now.Run("kept", handle); !strings.Contains(got, "5") {
			t.Errorf("the handle: %s", got)
		}
	}
}

// TestNginxReplicasAsDocumented has nginx keep each session at one server.
func TestNginxReplicasAsDocumented(t *testing.T) {
	r := startReplicas(t, asDocumented)
	t.Run("cancellation", func(t *testing.T) { testCancellationThroughNginx(t, r) })
	t.Run("deleted sessions", func(t *testing.T) { testDeletedSessionsAreUnknown(t, r) })
	t.Run("sse", func(t *testing.T) { testSSEThroughNginx(t, r) })
	t.Run("handles", func(t *testing.T) {
		c := r.newCaller(t)
		handle := c.Handle(c.Run("values = []", ""))
		for range 30 { // each goes to either server
			c.Run("values.append(1)", handle)
		}
		if got := c.Run("len(values)", handle); !strings.Contains(got, "30") {
			t.Errorf("got %s", got)
		}
		assertBoth(t, c)
	})
	t.Run("killed", func(t *testing.T) { testKilledServer(t, r) })
}

func testCancellationThroughNginx(t *testing.T, r *replicas) {
	for range 4 { // as chance will have it, at both servers
		c := r.newCaller(t)
		c.Begin()
		c.Run("kept = 1", "") // so that the session runs, and what is cancelled is the code
		running := c.Call("run_python", map[string]any{"code": forever})
		running.UnderWay(t)
		if status := c.NotifyCancelled(c.ID); status != http.StatusAccepted {
			t.Errorf("the cancellation: %d", status)
		}
		if m := running.Last(); m.Result != nil {
			t.Errorf("a cancelled call was answered: %+v", m)
		}
		assertInterrupted(t, func() string { return c.Run("kept", "") })
	}
}

func testDeletedSessionsAreUnknown(t *testing.T, r *replicas) {
	for range 4 {
		c := r.newCaller(t)
		c.Begin()
		c.Run("1", "")
		if status := c.Send("DELETE", "/mcp", "", nil).End(); status != http.StatusNoContent {
			t.Fatalf("DELETE: %d", status)
		}
		for range 3 {
			if e := c.Call("run_python", map[string]any{"code": "1"}); e.End() != http.StatusNotFound {
				t.Errorf("after DELETE: %d", e.StatusCode)
			}
		}
	}
}

// testSSEThroughNginx has several streams at once.
func testSSEThroughNginx(t *testing.T, r *replicas) {
	var streams []*e2etest.SSE
	for range 3 {
		streams = append(streams, r.newCaller(t).OpenSSE())
	}
	for i, s := range streams {
		s.Call(1, "run_python", map[string]any{"code": fmt.Sprintf("mine = %d", i)})
	}
	for i, s := range streams {
		s.Answer(1)
		s.Call(2, "run_python", map[string]any{"code": waitForFile})
		s.UnderWay(t)
		s.Call(3, "upload_file", map[string]any{"filename": "go.txt", "content": "go"})
		s.Answer(2)
		s.Call(4, "run_python", map[string]any{"code": "print('mine', mine)"})
		if m := s.Answer(4); !strings.Contains(m.Text(), fmt.Sprint("mine ", i)) {
			t.Errorf("stream %d: %+v", i, m)
		}
	}
}

// TestNginxReplicasWithOAuth has two users, who know each other's names.
func TestNginxReplicasWithOAuth(t *testing.T) {
	issuer := oauthtest.New(t, false)
	token := func(user string) string {
		return issuer.Token(issuer.Claims(time.Now(), oauthtest.Claims{"sub": user}))
	}
	const address = "https://" + publicName
	r := startReplicas(t, anyServer, "--oauth-issuer="+issuer.Server.URL, "--oauth-audience=api", "--public-url="+address)
	ada, bob := r.newCaller(t), r.newCaller(t)
	ada.Token, bob.Token = token("ada"), token("bob")
	ada.Begin()
	ada.Run("secret = 5", "")
	handle := r.newCallerWith(t, ada.Token).Run("secret = 6", "")
	handle = ada.Handle(handle)
	for range 2 { // at each server
		bob.Session = ada.Session
		if e := bob.Call("run_python", map[string]any{"code": "secret"}); e.End() != http.StatusNotFound {
			t.Errorf("another's session: %d", e.StatusCode)
		}
		bob.Session = ""
		if got := bob.Run("secret", handle); !strings.Contains(got, "There is no session with this session_id") {
			t.Errorf("another's handle: %s", got)
		}
		if got := ada.Run("secret", ""); !strings.Contains(got, "5") {
			t.Errorf("the owner's session: %s", got)
		}
	}
	ada.Token = "none"
	e := ada.Send("POST", "/mcp", e2etest.Initialize, nil)
	challenge := e.Header.Get("WWW-Authenticate")
	if status := e.End(); status != 401 || !strings.Contains(challenge, address+"/.well-known/oauth-protected-resource/mcp") {
		t.Errorf("without a token: %d %s", status, challenge)
	}
}
