package longruns

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A client calls tools over HTTP and can give up on a call.
type client struct {
	call func(tool string, arguments map[string]any) string
	// cancel begins a call that reports progress, and gives up on it once that says what
	// code has written.
	cancel func(t *testing.T, code, wrote string)
}

// clients are conversations of both eras, and over SSE.
func clients(t *testing.T, server *e2etest.Web) map[string]client {
	t.Helper()
	older := e2etest.NewCaller(t, server.URL, server.Token)
	older.Begin()
	newer := e2etest.NewCaller(t, server.URL, server.Token)
	handle := newer.Handle(newer.Run("1", ""))
	withSessionHandle := func(arguments map[string]any) map[string]any {
		arguments["session_id"] = handle
		return arguments
	}
	sse := e2etest.NewCaller(t, server.URL, server.Token).OpenSSE()
	id := 0
	return map[string]client{
		"sessions": {
			call: func(tool string, arguments map[string]any) string { return older.Call(tool, arguments).Last().Text() },
			cancel: func(t *testing.T, code, wrote string) {
				e := older.Call("run_python", map[string]any{"code": code})
				awaitProgress(t, e.Next, wrote)
				older.NotifyCancelled(older.ID)
				e.HangUp()
			},
		},
		"handles": {
			call: func(tool string, arguments map[string]any) string {
				return newer.Call(tool, withSessionHandle(arguments)).Last().Text()
			},
			cancel: func(t *testing.T, code, wrote string) { // to hang up is to cancel
				e := newer.Call("run_python", withSessionHandle(map[string]any{"code": code}))
				awaitProgress(t, e.Next, wrote)
				e.HangUp()
			},
		},
		"sse": {
			call: func(tool string, arguments map[string]any) string {
				id++
				sse.Call(id, tool, arguments)
				m := sse.Answer(id)
				return m.Text()
			},
			cancel: func(t *testing.T, code, wrote string) {
				id++
				sse.Call(id, "run_python", map[string]any{"code": code})
				awaitProgress(t, sse.Next, wrote)
				sse.Post(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":` + toText(id) + `}}`)
			},
		},
	}
}

// awaitProgress waits for progress that has a text.
func awaitProgress(t *testing.T, next func() (e2etest.Message, bool), text string) {
	t.Helper()
	for {
		m, ok := next()
		if !ok {
			t.Fatalf("the call has ended before it reported %q", text)
		}
		if m.Method == "notifications/progress" && strings.Contains(m.Params.Message, text) {
			return
		}
	}
}

var runOf = regexp.MustCompile(`(?:Run|run) (\d+)`)

// TestOverHTTP: a run is found again, cancelled and stopped in each kind of conversation
// over HTTP.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	quick := e2etest.StartWeb(t, e2etest.Program(t), "--answer-within=1s")
	for name, c := range clients(t, e2etest.StartWeb(t, e2etest.Program(t), "--answer-within=2s")) {
		t.Run(name, func(t *testing.T) {
			c.call("run_python", map[string]any{"code": "import time; beat = 0"})
			for !strings.Contains(c.call("wait_for_run", map[string]any{}), "Nothing runs") {
			}
			first := c.call("run_python", map[string]any{"code": "print('begun', flush=True)\ntime.sleep(4)\nprint('done'); 6 * 7"})
			number := runOf.FindStringSubmatch(first)
			if number == nil || !strings.Contains(first, "goes on (") || !strings.Contains(first, "begun") {
				t.Fatalf("the first answer: %s", first)
			}
			if busy := c.call("run_python", map[string]any{"code": "1"}); !strings.Contains(busy, "Not run: run "+number[1]+" goes on since") {
				t.Errorf("other code: %s", busy)
			}
			rest := ""
			for !strings.Contains(rest, "result:\n42") && !strings.Contains(rest, "Nothing runs") {
				rest += c.call("wait_for_run", map[string]any{})
			}
			if strings.Contains(rest, "begun") || strings.Count(rest, "done") != 1 || !strings.Contains(rest, "result:\n42") {
				t.Fatalf("the rest: %s", rest)
			}
			c.cancel(t, "print('working')\nwhile True: beat = time.time(); time.sleep(0.05)", "working")
			after := c.call("run_python", map[string]any{"code": "time.sleep(0.5); time.time() - beat > 0.45"})
			if !strings.Contains(after, "because its call was cancelled. The last that it wrote: working") || !strings.Contains(after, "result:\nTrue") {
				t.Errorf("after a cancel: %s", after)
			}
			c.call("run_python", map[string]any{"code": "time.sleep(600)"})
			if stopped := c.call("wait_for_run", map[string]any{"stop": true}); !strings.Contains(stopped, "Variables were kept.") {
				t.Errorf("stopped: %s", stopped)
			}
		})
	}
	// The end of a server stops what runs.
	a := quick.Agent(t, "test")
	a.Run("import time; time.sleep(600)")
	if took := quick.Interrupt(); took > 30*time.Second {
		t.Errorf("the server ended after %v", took)
	}
}

// TestTwoCallers: a run belongs to its session, whoever asks; its end is told once.
func TestTwoCallers(t *testing.T) {
	t.Parallel()
	server := e2etest.StartWeb(t, e2etest.Program(t), "--answer-within=1s")
	one, other := e2etest.NewCaller(t, server.URL, server.Token), e2etest.NewCaller(t, server.URL, server.Token)
	handle := one.Handle(one.Run("import time", ""))
	wait := func(c *e2etest.Caller) string {
		return c.Call("wait_for_run", map[string]any{"session_id": handle}).Last().Text()
	}
	for !strings.Contains(wait(one), "Nothing runs") {
	}
	one.Run("print('begun'); time.sleep(3); print('done')", handle)
	if text := other.Run("1", handle); !strings.Contains(text, "Not run: run") {
		t.Errorf("code of the other: %s", text)
	}
	text := ""
	for text = wait(other); strings.Contains(text, "goes on"); text = wait(other) {
	}
	if !strings.Contains(text, "stdout:\ndone") {
		t.Errorf("the end: %s", text)
	}
	if text := wait(one); !strings.Contains(text, "Nothing runs") {
		t.Errorf("the end, once more: %s", text)
	}
}
