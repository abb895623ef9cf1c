package tools

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// TestProgress runs code that takes a minute, in a bubble where time is made.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pool := &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
			req.Events(sessions.Event{Kind: sessions.EventWaiting, Text: "installing packages"})
			time.Sleep(1500 * time.Millisecond)
			req.Events(sessions.Event{Kind: sessions.EventStdout, Text: "epoch 1/10\nepoch 2"})
			time.Sleep(time.Second)
			req.Events(sessions.Event{Kind: sessions.EventStderr, Text: "\r\x1b[31mepoch 3/10\x1b[0m\n"})
			time.Sleep(9700 * time.Millisecond)
			return &sessions.Execution{}, nil
		}}
		c := converse(t, Options{Pool: pool}, "test")
		var mu sync.Mutex
		var got []map[string]any
		c.OnNotification(func(n mcp.JSONRPCNotification) {
			mu.Lock()
			defer mu.Unlock()
			if n.Method == progressMethod {
				got = append(got, n.Params.AdditionalFields)
			}
		})
		var req mcp.CallToolRequest
		req.Params.Name = "run_python"
		req.Params.Arguments = map[string]any{"code": "x"}
		req.Params.Meta = &mcp.Meta{ProgressToken: "token"}
		if _, err := c.CallTool(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		mu.Lock()
		count := len(got)
		mu.Unlock()
		time.Sleep(10 * time.Second) // a notification after the answer would come now
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if count != 12 || len(got) != count {
			t.Fatalf("%d notifications, then %d; want 12", count, len(got))
		}
		for i, want := range map[int]string{
			0: "waiting 1 s: installing packages", 1: "running 2 s: epoch 2", 2: "running 3 s: epoch 3/10", 11: "running 12 s: epoch 3/10",
		} {
			if got[i]["message"] != want || got[i]["progressToken"] != "token" {
				t.Errorf("notification %d is %v, want %q", i, got[i], want)
			}
		}
		last := 0.0
		for _, n := range got {
			if value, ok := n["progress"].(float64); !ok || value <= last {
				t.Errorf("progress %v after %v", n["progress"], last)
			} else {
				last = value
			}
		}
	})
}

func TestNoProgressUnlessAsked(t *testing.T) {
	t.Parallel()
	if p, stop := startProgress(t.Context(), nil, "running"); p != nil || p.events() != nil {
		t.Error("progress without a token")
	} else {
		stop()
	}
}

func TestObserveKeepsLittle(t *testing.T) {
	t.Parallel()
	p := &progress{activity: "running"}
	p.observe(sessions.Event{Kind: sessions.EventStdout, Text: strings.Repeat("é", 1<<20) + "\nlast\n\n"})
	if len(p.tail) > maxTail {
		t.Errorf("%d bytes are kept", len(p.tail))
	}
	if got := p.message(5 * time.Second); got != "running 5 s: last" {
		t.Errorf("the message is %q", got)
	}
	p.observe(sessions.Event{Kind: sessions.EventStdout, Text: strings.Repeat("é", 1<<20)})
	if got := p.message(5 * time.Second); len(got) > 400 {
		t.Errorf("the message has %d bytes", len(got))
	}
}
