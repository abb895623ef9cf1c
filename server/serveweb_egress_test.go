package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// asksPool is a pool whose code is names of hosts, about each of which it asks at the same
// time. It writes what the user says, but does not wait for hosts that begin with "hasty".
func asksPool(outcomes chan<- string) *fakePool {
	ask := func(ctx context.Context, ask func(sessions.Question) bool, host string) string {
		said := make(chan string, 1)
		say := func(text string) {
			select {
			case said <- text:
			default:
			}
		}
		done := make(chan struct{})
		defer close(done)
		q := sessions.Question{Host: host, Port: 443, Done: done,
			Answer: func(allow bool) {
				outcomes <- host + map[bool]string{true: " allowed", false: " declined"}[allow]
				say(map[bool]string{true: "allowed", false: "declined"}[allow])
			},
			Withdraw: func() { outcomes <- host + " withdrawn"; say("withdrawn") },
		}
		if strings.HasPrefix(host, "hasty") {
			q.Done = nil
		}
		if ask == nil || !ask(q) {
			return "nobody to ask"
		}
		if q.Done == nil {
			return "hasty"
		}
		select {
		case text := <-said:
			return text
		case <-ctx.Done():
			return "cancelled"
		case <-time.After(time.Minute):
			return "no answer"
		}
	}
	return &fakePool{Fake: &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		hosts := strings.Fields(req.Code)
		texts := make([]string, len(hosts))
		var work sync.WaitGroup
		for i, host := range hosts {
			work.Go(func() { texts[i] = host + " " + ask(ctx, req.Ask, host) })
		}
		work.Wait()
		return &sessions.Execution{Stdout: strings.Join(texts, "\n")}, ctx.Err()
	}}}
}

// TestUsersAreAskedOverHTTP asks users over SSE and over streamable HTTP: about hosts at the
// same time, when the code has given up, and when the client goes away.
func TestUsersAreAskedOverHTTP(t *testing.T) {
	t.Parallel()
	outcomes := make(chan string, 100)
	s := serveWebOn(t, asksPool(outcomes), conversation.Options{}, "--egress=ask")
	for name, d := range s.dialogs() {
		events := d.events(runCall(1, "a.example b.example c.example"))
		for range 3 {
			q := asked(events.event)
			answer := `"result":{"action":"decline"}`
			if strings.Contains(q.Params["message"].(string), "b.example:443") {
				answer = `"result":{"action":"accept","content":{"answer":"allow"}}`
			}
			d.post(ada, answerTo(q, answer))
		}
		if text := asked(events.event).text(); !strings.Contains(text, "a.example declined\nb.example allowed\nc.example declined") || !strings.Contains(text, "The user allowed this conversation to connect to b.example:443.") {
			t.Errorf("%s: %s", name, text)
		}
		for range 3 {
			<-outcomes
		}

		events = d.events(runCall(2, "hasty.example"))
		d.post(ada, answerTo(asked(events.event), `"result":{"action":"accept","content":{"answer":"allow"}}`))
		if text := asked(events.event).text(); !strings.Contains(text, "hasty.example hasty") || !strings.Contains(text, "The user allowed this conversation to connect to hasty.example:443") {
			t.Errorf("%s, hasty: %s", name, text)
		}
		if got := <-outcomes; got != "hasty.example allowed" {
			t.Errorf("%s, hasty: %s", name, got)
		}

		events = d.events(runCall(3, "wrong.example"))
		d.post(ada, answerTo(asked(events.event), `"error":{"code":-32603,"message":"no"}`))
		if text := asked(events.event).text(); !strings.Contains(text, "wrong.example withdrawn") || !strings.Contains(text, "has not answered") {
			t.Errorf("%s, an error: %s", name, text)
		}
		if got := <-outcomes; got != "wrong.example withdrawn" {
			t.Errorf("%s, an error: %s", name, got)
		}

		events = d.events(runCall(4, "gone.example"))
		asked(events.event)
		events.close()
		if got := <-outcomes; got != "gone.example withdrawn" {
			t.Errorf("%s, gone: %s", name, got)
		}
	}
}

// TestUsersAreAskedWithoutSessions has clients of the newer era bring answers with further
// calls, to all questions of a run that asks at the same time, and the same answers twice.
func TestUsersAreAskedWithoutSessions(t *testing.T) {
	t.Parallel()
	outcomes := make(chan string, 100)
	s := serveWebOn(t, asksPool(outcomes), conversation.Options{}, "--egress=ask")
	call := func(more string) (result inputRequired, text string) {
		r := modern("tools/call", "run_python", `"name":"run_python","arguments":{"code":"a.example b.example c.example"}`+more)
		r.body = strings.Replace(r.body, `clientCapabilities":{`, `clientCapabilities":{"elicitation":{}`, 1)
		a := s.do(r)
		var m struct{ Result inputRequired }
		if err := json.Unmarshal([]byte(a.text), &m); err != nil {
			t.Errorf("%s: %v", a.text, err)
		}
		return m.Result, a.message.text()
	}
	result, text := call("")
	for rounds := 0; result.ResultType == "input_required"; rounds++ {
		if rounds == 9 || len(result.InputRequests) == 0 {
			t.Fatalf("round %d: %+v", rounds, result)
		}
		answers := map[string]any{}
		for id := range result.InputRequests {
			answers[id] = map[string]any{"action": "accept", "content": map[string]string{"answer": "allow"}}
		}
		sent, _ := json.Marshal(answers)
		more := fmt.Sprintf(`,"requestState":%q,"inputResponses":%s`, result.RequestState, sent)
		var work sync.WaitGroup
		var twice inputRequired
		var other string
		work.Go(func() { twice, other = call(more) })
		result, text = call(more)
		work.Wait()
		if strings.Contains(text, "another call was told how") {
			result, text = twice, other
		}
	}
	if !strings.Contains(text, "a.example allowed\nb.example allowed\nc.example allowed") || !strings.Contains(text, "session_id: ") {
		t.Errorf("in the end: %s", text)
	}
	if len(outcomes) != 3 {
		t.Errorf("%d answers", len(outcomes))
	}
}

type inputRequired struct {
	ResultType, RequestState string
	InputRequests            map[string]json.RawMessage
}
