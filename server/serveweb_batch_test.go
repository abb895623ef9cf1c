package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
)

var batchBody = strings.Replace(askableBody, "2025-11-25", "2025-03-26", 1)

// batchSession makes a session of the version that has batches.
func (s *webServer) batchSession(token string) string {
	return s.do(request{token: token, body: batchBody}).header.Get("Mcp-Session-Id")
}

// outcomes are the messages of an array, or of events, as their IDs and what
// they say, sorted.
func outcomes(t *testing.T, a reply) []string {
	t.Helper()
	var all []answerMessage
	if strings.HasPrefix(a.text, "[") {
		if err := json.Unmarshal([]byte(a.text), &all); err != nil {
			t.Fatal(err)
		}
	} else {
		for line := range strings.Lines(a.text) {
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				var m answerMessage
				if err := json.Unmarshal([]byte(data), &m); err != nil {
					t.Fatal(err)
				}
				all = append(all, m)
			}
		}
	}
	var said []string
	for _, m := range all {
		if m.Error != nil {
			said = append(said, fmt.Sprintf("%s: %d", m.ID, m.Error.Code))
		} else {
			said = append(said, fmt.Sprintf("%s: %s", m.ID, strings.TrimSpace(strings.TrimPrefix(m.text(), "result:"))))
		}
	}
	slices.Sort(said)
	return said
}

const initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`

func TestBatch(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	session := s.batchSession(ada)
	s.do(request{session: session, body: runCall(0, "set 5")})
	for name, tt := range map[string]struct {
		body   string
		status int
		want   []string
	}{
		"calls":            {"[" + runCall(1, "get") + "," + runCall(`"two"`, "get") + "]", 200, []string{`"two": <5>`, "1: <5>"}},
		"one, with spaces": {" [ " + runCall(1, "get") + " ] ", 200, []string{"1: <5>"}},
		"with others":      {"[" + initialized + "," + runCall(1, "get") + `,{"jsonrpc":"2.0","id":9,"result":{}}]`, 200, []string{"1: <5>"}},
		"no calls":         {"[" + initialized + "," + initialized + "]", 202, nil},
		"initialize":       {"[" + batchBody + "," + runCall(1, "get") + "]", 200, []string{"0: -32600", "1: <5>"}},
		"invalid ones": {`[1,{"jsonrpc":"1.0","id":2,"method":"ping"},[` + runCall(3, "get") + `],` + runCall(4, "get") + "]", 200,
			[]string{"2: -32600", "4: <5>", "null: -32600", "null: -32600"}},
		"one of the modern era": {strings.Replace("["+modernRun("get", "").body+","+runCall(2, "get")+"]", "\n", "", -1), 200, []string{"1: -32600", "2: <5>"}},
		"empty":                 {"[]", 400, nil},
		"51":                    {"[" + initialized + strings.Repeat(","+initialized, 50) + "]", 400, nil},
		"no JSON":               {"[" + runCall(1, "get") + ",]", 400, nil},
	} {
		a := s.do(request{session: session, body: tt.body})
		if a.status != tt.status || tt.status == 202 && a.text != "" || tt.status == 400 && a.message.Error == nil {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
		if tt.status == 200 && (!slices.Equal(outcomes(t, a), tt.want) || !strings.HasPrefix(a.text, "[")) {
			t.Errorf("%s: got %q of %s", name, outcomes(t, a), a.text)
		}
	}
	a := s.do(request{session: session, body: "[" + runCall(1, "get") + "]", header: map[string]string{"Accept": "text/event-stream"}})
	if a.header.Get("Content-Type") != "text/event-stream" || !slices.Equal(outcomes(t, a), []string{"1: <5>"}) {
		t.Errorf("as events alone: %s", a.text)
	}
}

func TestBatchRunsItsCallsAtTheSameTime(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	running, release := make(chan struct{}), make(chan struct{})
	s.mcp.AddTool(mcp.NewTool("hold"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		running <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return mcp.NewToolResultText("held"), nil
	})
	session := s.batchSession(ada)
	var got reply
	var work sync.WaitGroup
	work.Go(func() {
		hold := `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"hold"}}`
		got = s.do(request{session: session, body: fmt.Sprintf("["+hold+","+hold+","+hold+","+hold+"]", 1, 2, 2, 3)})
	})
	for range 3 {
		<-running
	}
	s.do(request{session: session, body: `[{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}]`})
	close(release)
	work.Wait()
	if want := []string{"1: held", "2: -32600", "2: held"}; !slices.Equal(outcomes(t, got), want) {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

func TestBatchMayReportAndAsk(t *testing.T) {
	t.Parallel()
	s, _ := serveAsking(t)
	d := &dialog{s: s, session: s.batchSession(ada)}
	events := d.events(`[{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"ask_user"}},{"jsonrpc":"2.0","id":8,"method":"ping"}]`)
	ids := map[string]event{}
	for len(ids) < 3 {
		e := asked(events.event)
		ids[string(e.ID)] = e
		if e.Method != "" {
			d.post(ada, "["+answerTo(e, `"result":{"action":"accept","content":"yes"}`)+"]")
		}
	}
	if !strings.Contains(ids["7"].text(), "accept yes") || ids["8"].ID == nil {
		t.Errorf("got %+v", ids)
	}
}

func TestBatchOnlyWhereThereAreAny(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	body := "[" + runCall(1, "get") + "]"
	stream := s.sse(ada)
	for name, r := range map[string]request{
		"another version":           {session: s.begin(ada), body: body},
		"another in the header":     {session: s.batchSession(ada), body: body, header: map[string]string{"Mcp-Protocol-Version": "2025-06-18"}},
		"no session":                {body: body},
		"another's":                 {token: bob, session: s.batchSession(ada), body: body},
		"ended":                     {session: s.ended(), body: body},
		"modern":                    {session: s.batchSession(ada), body: body, header: map[string]string{"Mcp-Protocol-Version": "2026-07-28"}},
		"over the older transport":  {path: stream.endpoint, body: body},
		"initialize, as always":     {body: "[" + batchBody + "]"},
		"an array without messages": {session: s.begin(ada), body: "[]"},
	} {
		if a := s.do(r); a.status != 400 || a.message.Error == nil || a.message.Error.Code != -32600 {
			t.Errorf("%s: %d %s", name, a.status, a.text)
		}
	}
}

// ended is a session that has ended.
func (s *webServer) ended() string {
	session := s.batchSession(ada)
	s.do(request{method: http.MethodDelete, session: session})
	return session
}
