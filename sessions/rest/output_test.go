package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// A talker is a pool whose executions say what the test wants, and end when it wants.
type talker struct {
	*service
	say   chan sessions.Event
	said  chan struct{}
	ended sync.WaitGroup
	end   func()
}

func newTalker(t *testing.T) *talker {
	k := &talker{say: make(chan sessions.Event), said: make(chan struct{})}
	k.service = newService(t, &sessionstest.Fake{Script: func(ctx context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		for e := range k.say {
			if r.Events != nil {
				r.Events(e)
			}
			k.said <- struct{}{}
		}
		return &sessions.Execution{Stdout: "all"}, nil
	}}, rest.Options{})
	k.end = sync.OnceFunc(func() { close(k.say); k.ended.Wait() })
	t.Cleanup(k.end) // before the service waits for its calls
	return k
}

// tell has the execution say something, and returns when it has.
func (k *talker) tell(events ...sessions.Event) {
	for _, e := range events {
		k.say <- e
		<-k.said
	}
}

func (k *talker) begin(header ...string) {
	k.ended.Go(func() { k.request("POST", "/executions"+flat, `{"code":"x"}`, header...) })
}

func (k *talker) read(after, wait int) (out wire.Output) {
	k.t.Helper()
	a := k.get(fmt.Sprintf("/executions/mine/output%s&after=%d&wait=%d", flat, after, wait))
	if err := json.Unmarshal([]byte(a.body), &out); err != nil || a.status != 200 {
		k.t.Errorf("%d %s %v", a.status, a.body, err)
	}
	return out
}

// shown is the output in short.
func shown(out wire.Output) string {
	var b strings.Builder
	for _, e := range out.Events {
		fmt.Fprintf(&b, "%s(%s%s)", e.Kind, e.Text, e.Display["image/png"])
	}
	return b.String()
}

func wrote(text string) sessions.Event {
	return sessions.Event{Kind: sessions.EventStdout, Text: text}
}

func picture(place int, data string) sessions.Event {
	return sessions.Event{Kind: sessions.EventDisplay, Place: place, Display: sessions.Display{Data: map[string][]byte{"image/png": []byte(data)}}}
}

// TestOutputSoFar: what was written and shown is told in order, once, and again to a
// reader that has lost an answer.
func TestOutputSoFar(t *testing.T) {
	t.Parallel()
	k := newTalker(t)
	k.begin(wire.HeaderOperationID, "mine", wire.HeaderOutput, "1")
	k.tell(wrote("a"), wrote("b"), picture(0, "old"), sessions.Event{Kind: sessions.EventStderr, Text: "!"}, picture(0, "new"), wrote("c"))
	first := k.read(0, 30)
	const want = "stdout(ab)display(new)stderr(!)stdout(c)"
	if shown(first) != want || !first.Running {
		t.Errorf("first: %s, %+v", shown(first), first)
	}
	k.tell(wrote("d"), picture(0, "newer"))
	if again := k.read(0, 0); shown(again) != want+"stdout(d)display(newer)" {
		t.Errorf("again: %s", shown(again))
	}
	second := k.read(first.Last, 0)
	if shown(second) != "stdout(d)display(newer)" {
		t.Errorf("second: %s", shown(second))
	}
	if none := k.read(second.Last, 0); len(none.Events) != 0 || none.Last != second.Last || !none.Running {
		t.Errorf("nothing new: %+v", none)
	}
	big := strings.Repeat("x", 100<<10)
	k.tell(picture(1, "gone"), wrote("cleared"), sessions.Event{Kind: sessions.EventClear}, picture(0, big))
	third := k.read(second.Last, 0)
	if shown(third) != "stdout(cleared)clear()display("+big+")" {
		t.Errorf("cleared: %.200s", shown(third))
	}
	waited := make(chan wire.Output)
	go func() { waited <- k.read(third.Last, 30) }()
	k.tell(wrote("e"))
	if got := <-waited; shown(got) != "stdout(e)" {
		t.Errorf("waited: %s", shown(got))
	}
	if a := k.get("/executions/mine/output" + flat + "&after=1000"); a.status != 400 {
		t.Errorf("from the future: %d %s", a.status, a.body)
	}
	if a := k.get("/executions/mine/output" + strings.Replace(flat, "000003", "000004", 1)); a.status != 404 || !strings.Contains(a.body, wire.CodeNotRunning) {
		t.Errorf("another identifier: %d %s", a.status, a.body)
	}
	atEnd := make(chan answer)
	go func() { atEnd <- k.get(fmt.Sprintf("/executions/mine/output%s&after=%d&wait=30", flat, third.Last+1)) }()
	k.end()
	if got := <-atEnd; got.status != 404 && !strings.Contains(got.body, `"running":false`) { // it may come too late
		t.Errorf("the end: %d %s", got.status, got.body)
	}
	if a := k.get("/executions/mine/output" + flat); a.status != 404 {
		t.Errorf("after the end: %d %s", a.status, a.body)
	}
}

// TestOutputNotAskedFor: nothing is kept of an execution that does not ask for that.
func TestOutputNotAskedFor(t *testing.T) {
	t.Parallel()
	k := newTalker(t)
	k.begin(wire.HeaderOperationID, "mine")
	k.tell(wrote("a"))
	if a := k.get("/executions/mine/output" + flat); a.status != 404 || !strings.Contains(a.body, wire.HeaderOutput) {
		t.Errorf("%d %s", a.status, a.body)
	}
	k.end()
}

// TestOutputIsBounded: what is beyond the bound is not told, nor anything that follows.
func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	k := newTalker(t)
	k.begin(wire.HeaderOperationID, "mine", wire.HeaderOutput, "1")
	data := string(bytes.Repeat([]byte{'x'}, 6<<20))
	k.tell(wrote("a"), picture(0, data), wrote("b"), picture(1, data), picture(2, data), wrote("hole"), picture(3, "small"))
	got, last := "", 0
	for {
		out := k.read(last, 0)
		if len(out.Events) == 0 {
			break
		}
		got, last = got+strings.ReplaceAll(shown(out), data, "…"), out.Last
	}
	if got != "stdout(a)display(…)stdout(b)display(…)" {
		t.Errorf("%.300s", got)
	}
	k.end()
}

// TestOutputOfAsynchronous: an asynchronous execution is known when it has ended.
func TestOutputOfAsynchronous(t *testing.T) {
	t.Parallel()
	k := newTalker(t)
	a := k.request("POST", "/executions"+flat, `{"code":"x","executionType":"Asynchronous"}`, wire.HeaderOperationID, "mine", wire.HeaderOutput, "1")
	k.tell(wrote("a"))
	first := k.read(0, 30)
	if shown(first) != "stdout(a)" {
		t.Errorf("%s", shown(first))
	}
	k.end()
	k.poll(a.header.Get(wire.HeaderOperationLocation))
	if out := k.read(first.Last, 30); out.Running || len(out.Events) != 0 || out.Last != first.Last {
		t.Errorf("the end: %+v", out)
	}
}
