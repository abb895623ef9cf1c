package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestWebConversationsOfBothEras(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	old := s.begin(ada)
	if a := s.do(request{session: old, body: runCall(1, "set 5")}); a.status != 200 || !strings.Contains(a.message.text(), "<5>") {
		t.Fatalf("got %d %s", a.status, a.text)
	}
	first := s.do(modernRun("set 7", ""))
	found := handleText.FindStringSubmatch(first.message.text())
	if found == nil || first.header.Get("Mcp-Session-Id") != "" {
		t.Fatalf("no handle in %d %s", first.status, first.text)
	}
	for range 3 {
		if a := s.do(modernRun("get", found[1])); !strings.Contains(a.message.text(), "<7>") || strings.Contains(a.text, "session_id:") {
			t.Errorf("with the handle: %s", a.text)
		}
		if a := s.do(request{session: old, body: runCall(1, "get")}); !strings.Contains(a.message.text(), "<5>") {
			t.Errorf("in the session: %s", a.text)
		}
	}
	if a := s.do(modernRun("get", "")); !strings.Contains(a.message.text(), "<>") {
		t.Errorf("without a handle: %s", a.text)
	}
}

func TestWebListsToolsForEachEra(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	old := s.do(request{session: s.begin(ada), body: `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`})
	now := s.do(modern("tools/list", "", ""))
	for _, tt := range []struct {
		reply
		handles bool
	}{{old, false}, {now, true}} {
		if len(tt.message.Result.Tools) != 5 {
			t.Fatalf("got %s", tt.text)
		}
		for _, tool := range tt.message.Result.Tools {
			_, has := tool.InputSchema.Properties["session_id"]
			if has != tt.handles || strings.Contains(tool.Description, "session_id") != tt.handles || len(tool.Description) > 2048 {
				t.Errorf("%s: a session_id is %t; %d bytes: %s", tool.Name, has, len(tool.Description), tool.Description)
			}
		}
		if tt.handles && !strings.Contains(tt.message.Result.Tools[0].Description+fmt.Sprint(tt.message.Result.Tools), "60 minutes without a call") {
			t.Errorf("the life of a session is not stated: %s", tt.text)
		}
	}
}

func TestWebRefusesStrangers(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{}, "--allow-origin=https://chat.example")
	old := s.begin(ada)
	s.do(request{session: old, body: runCall(1, "set secret")})
	handle := handleText.FindStringSubmatch(s.do(modernRun("set secret", "")).text)[1]
	handle = strings.TrimSuffix(handle, `\nThis`)
	wrong := map[string]struct {
		status int
		header map[string]string
	}{
		"evil host":           {403, map[string]string{"Host": "evil.example"}},
		"local suffix":        {403, map[string]string{"Host": "localhost.evil.example:80"}},
		"address of another":  {403, map[string]string{"Host": "192.0.2.1"}},
		"evil origin":         {403, map[string]string{"Origin": "http://evil.example"}},
		"null origin":         {403, map[string]string{"Origin": "null"}},
		"another port":        {403, map[string]string{"Origin": "http://127.0.0.1:1"}},
		"cross-site":          {403, map[string]string{"Sec-Fetch-Site": "cross-site"}},
		"no token":            {401, map[string]string{"Authorization": ""}},
		"wrong token":         {401, map[string]string{"Authorization": "Bearer wrong"}},
		"basic":               {401, map[string]string{"Authorization": "Basic " + ada}},
		"token and something": {401, map[string]string{"Authorization": "Bearer " + ada + " x"}},
	}
	routes := []request{
		{session: old, body: runCall(1, "get")}, {body: initializeBody}, modernRun("get", handle),
		{method: "GET"}, {method: "DELETE", session: old}, {method: "GET", path: "/sse"},
		{path: "/message?sessionId=x", body: runCall(1, "get")}, {method: "GET", path: metricsPath},
		{method: "GET", path: healthPath}, {method: "GET", path: readyPath}, {method: "GET", path: "/none"}, {method: "OPTIONS"},
	}
	for name, tt := range wrong {
		for _, r := range routes {
			if tt.status == 401 && (r.path == healthPath || r.path == readyPath) {
				continue
			}
			header := map[string]string{}
			for k, v := range r.header {
				header[k] = v
			}
			for k, v := range tt.header {
				header[k] = v
			}
			r.header = header
			a := s.do(r)
			if a.status != tt.status || strings.Contains(a.text, "secret") || a.header.Get("Access-Control-Allow-Origin") != "" ||
				(a.status == 401) != (a.header.Get("WWW-Authenticate") != "") {
				t.Errorf("%s: %s %s gave %d %s %v", name, r.method, r.path, a.status, a.text, a.header)
			}
		}
	}
	preflight := s.do(request{method: "OPTIONS", header: map[string]string{"Authorization": "", "Origin": "https://chat.example", "Access-Control-Request-Method": "POST"}})
	if preflight.status != 204 || preflight.header.Get("Access-Control-Allow-Origin") != "https://chat.example" {
		t.Errorf("preflight: %d %v", preflight.status, preflight.header)
	}
	if a := s.do(request{session: old, body: runCall(1, "get")}); !strings.Contains(a.text, "secret") {
		t.Errorf("afterwards: %s", a.text)
	}
}

func TestWebIdentifiersOpenNothingElse(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	old := s.begin(ada)
	s.do(request{session: old, body: runCall(1, "set secret")})
	first := s.do(modernRun("set secret", ""))
	handle := handleText.FindStringSubmatch(first.message.text())[1]
	tampered := []byte(old)
	tampered[10] ^= 1
	for name, r := range map[string]request{
		"another's session": {token: bob, session: old, body: runCall(1, "get")},
		"a handle":          {session: handle, body: runCall(1, "get")},
		"tampered":          {session: string(tampered), body: runCall(1, "get")},
		"library's form":    {session: "mcp-session-5f0d7c1e-0d5c-4b0e-8b0e-0d5c4b0e8b0e", body: runCall(1, "get")},
		"long":              {session: strings.Repeat("A", 5000), body: runCall(1, "get")},
		"delete another's":  {method: "DELETE", token: bob, session: old},
	} {
		if a := s.do(r); a.status != 404 || strings.Contains(a.text, "secret") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := s.do(request{body: runCall(1, "get")}); a.status != 400 {
		t.Errorf("no session ID while one conversation lives: %d %s", a.status, a.text)
	}
	for name, r := range map[string]request{
		"another's handle": func() request { r := modernRun("get", handle); r.token = bob; return r }(),
		"a session ID":     modernRun("get", old),
		"made up":          modernRun("get", "py-AAAA"),
		"changed":          modernRun("get", handle[:len(handle)-1]),
	} {
		a := s.do(r)
		if a.status != 200 || !a.message.Result.IsError || !strings.Contains(a.message.text(), "without session_id") || strings.Contains(a.text, "secret") {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
	if a := s.do(request{method: "DELETE", session: old}); a.status != 204 {
		t.Fatalf("DELETE: %d %s", a.status, a.text)
	}
	if _, stopped := s.pool.count(); stopped != 1 {
		t.Errorf("%d sessions were stopped, want 1", stopped)
	}
	for range 2 {
		if a := s.do(request{session: old, body: runCall(1, "get")}); a.status != 404 {
			t.Errorf("after DELETE: %d %s", a.status, a.text)
		}
	}
	if a := s.do(request{method: "DELETE", session: old}); a.status != 404 {
		t.Errorf("DELETE again: %d", a.status)
	}
}

func TestWebCapsConversations(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{MaxPerPrincipal: 2})
	first := s.begin(ada)
	s.do(modernRun("get", ""))
	if a := s.do(request{body: initializeBody}); a.status != 429 || a.message.Error == nil || a.header.Get("Mcp-Session-Id") != "" {
		t.Errorf("a third session: %d %s", a.status, a.text)
	}
	if a := s.do(request{method: "GET", path: "/sse"}); a.status != 429 {
		t.Errorf("a stream: %d %s", a.status, a.text)
	}
	if a := s.do(modernRun("get", "")); !a.message.Result.IsError || !strings.Contains(a.text, "earlier answer") {
		t.Errorf("a third handle: %s", a.text)
	}
	s.begin(bob)
	s.do(request{method: "DELETE", session: first})
	s.begin(ada)
}

func TestWebFailedFirstCallLeavesNothing(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	for _, r := range []request{modernRun("", ""), modern("tools/call", "run_python", `"name":"run_python","arguments":{"code":"get","none":1}`),
		modern("tools/call", "run_python", `"name":"run_python","arguments":{"code":"get","session_id":5}`),
		modern("tools/call", "download_file", `"name":"download_file","arguments":{"filename":"none.txt"}`)} {
		if a := s.do(r); !a.message.Result.IsError || strings.Contains(a.text, "This call started") {
			t.Errorf("got %s", a.text)
		}
	}
	if open := s.registry.Open(); len(open) != 0 {
		t.Errorf("conversations that are left: %v", open)
	}
}

func TestWebCancellation(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	one, two := s.begin(ada), s.begin(ada)
	var calls sync.WaitGroup
	answers := make([]reply, 2)
	for i, id := range []string{one, two} {
		calls.Go(func() { answers[i] = s.do(request{session: id, body: runCall(7, "wait")}) })
	}
	<-s.pool.running
	<-s.pool.running
	cancel := `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`
	for _, r := range []request{{token: bob, session: s.begin(bob), body: cancel},
		{body: cancel, header: map[string]string{"Mcp-Protocol-Version": "2026-07-28"}}, {session: one, body: cancel}} {
		if a := s.do(r); a.status != 202 {
			t.Errorf("got %d %s", a.status, a.text)
		}
	}
	if a := s.do(request{session: two, body: runCall(7, "get")}); a.message.Error == nil {
		t.Errorf("an id in use: %d %s", a.status, a.text)
	}
	close(s.pool.release)
	calls.Wait()
	if answers[0].status != 202 || answers[0].text != "" || !strings.Contains(answers[1].message.text(), "<>") {
		t.Errorf("got %+v and %+v", answers[0], answers[1])
	}
}

func TestWebDisconnect(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	for _, modernEra := range []bool{false, true} {
		r := modernRun("wait", "")
		if !modernEra {
			r = request{session: s.begin(ada), body: runCall(1, "wait")}
		}
		ctx, cancel := context.WithCancel(t.Context())
		q := make(chan struct{})
		go func() {
			defer close(q)
			req, _ := http.NewRequestWithContext(ctx, "POST", s.url+"/mcp", strings.NewReader(r.body))
			req.Header.Set("Authorization", "Bearer "+ada)
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Mcp-Session-Id", r.session)
			for k, v := range r.header {
				req.Header.Set(k, v)
			}
			if response, err := http.DefaultClient.Do(req); err == nil {
				response.Body.Close()
			}
		}()
		running := <-s.pool.running
		cancel()
		<-q
		if modernEra {
			<-running.Done()
			continue
		}
		if a := s.do(request{session: r.session, body: `{"jsonrpc":"2.0","id":2,"method":"ping"}`}); a.status != 200 || running.Err() != nil {
			t.Errorf("the older era: %d, the call ended with %v", a.status, running.Err())
		}
	}
}

func TestWebMetrics(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	id := s.begin(ada)
	s.do(request{session: id, body: runCall(1, "get")})
	s.do(request{token: "wrong", body: initializeBody})
	text := s.do(request{method: "GET", path: metricsPath}).text
	for _, want := range []string{
		`dynamic_sessions_calls_total{outcome="ok",tool="run_python"} 1`, `dynamic_sessions_refusals_total{status="401"} 1`,
		`dynamic_sessions_conversations{kind="session"} 1`, `dynamic_sessions_call_duration_seconds_count{tool="run_python"} 1`,
		`dynamic_sessions_http_bytes_total{direction="in"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(text, id) || strings.Contains(text, ada) {
		t.Error("the metrics have an identifier")
	}
	for _, path := range []string{healthPath, readyPath} {
		if a := s.do(request{method: "GET", path: path, header: map[string]string{"Authorization": ""}}); a.status != 200 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// A request that names two conversations belongs to none of them, also if both
// names are the same.
func TestTwoSessionHeadersAreRefused(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	first, second := s.begin(ada), s.begin(ada)
	s.do(request{session: first, body: runCall(1, "set 5")})
	for name, names := range map[string][]string{
		"the same twice": {first, first}, "two": {first, second}, "one and nothing": {first, ""}, "nothing and one": {"", first}, "nothing": {""},
	} {
		for _, method := range []string{"POST", "DELETE"} {
			q, err := http.NewRequestWithContext(t.Context(), method, s.url+"/mcp", strings.NewReader(runCall(1, "get")))
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Authorization", "Bearer "+ada)
			q.Header.Set("Content-Type", "application/json")
			q.Header.Set("Accept", "application/json, text/event-stream")
			q.Header["Mcp-Session-Id"] = names
			a, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(a.Body)
			a.Body.Close()
			if err != nil || a.StatusCode != 400 || strings.Contains(string(text), "<5>") {
				t.Errorf("%s of %s: %d %s, %v", method, name, a.StatusCode, text, err)
			}
		}
	}
	for _, id := range []string{first, second} {
		if a := s.do(request{session: id, body: runCall(1, "get")}); a.status != 200 {
			t.Errorf("a conversation afterwards: %d %s", a.status, a.text)
		}
	}
}

// One user does not get all sandboxes where several are told apart, and learns
// why. The pool is told for whom it works.
func TestPoolIsToldForWhomItWorks(t *testing.T) {
	t.Parallel()
	owners := make(chan string, 10)
	pool := &fakePool{Fake: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		owners <- sessions.Owner(ctx)
		if r.Code == "full" {
			return nil, &sessions.CapacityError{Limit: 4, Own: 2, RetryAfter: 3 * time.Second}
		}
		return &sessions.Execution{Status: sessions.Succeeded}, nil
	}}}
	s := serveWebOn(t, pool, conversation.Options{})
	seen := map[string]bool{}
	for _, token := range []string{ada, bob} {
		s.do(request{token: token, session: s.begin(token), body: runCall(1, "get")})
		bySessionHandle := modernRun("get", "")
		bySessionHandle.token = token
		s.do(bySessionHandle)
		first, second := <-owners, <-owners
		if first == "" || first != second || seen[first] {
			t.Errorf("the owners of one user's sessions are %q and %q", first, second)
		}
		seen[first] = true
	}
	a := s.do(request{session: s.begin(ada), body: runCall(1, "full")})
	for _, want := range []string{"You have 2 sessions in use", "while others need some", "3s", "Nothing was run"} {
		if !strings.Contains(a.message.text(), want) {
			t.Errorf("who is refused is not told %q: %s", want, a.text)
		}
	}
	for _, one := range []guard.Authenticator{guard.Everyone{}, guard.NewTokens(ada)} {
		owned(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if owner := sessions.Owner(r.Context()); owner != "" {
				t.Errorf("the only user is divided as %q", owner)
			}
		}), one).ServeHTTP(nil, httptest.NewRequest("POST", "/mcp", nil))
	}
}
