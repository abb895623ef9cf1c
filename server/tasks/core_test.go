package tasks

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestCore is the life of a task in the version that has them in itself.
func TestCore(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		plain := c.work(0, "", "")
		made := c.work(10, "", `,"task":{"ttl":60000},"_meta":{"progressToken":"p"}`).Result.Task
		if made.Status != "working" || len(made.TaskID) < 26 || *made.TTL != (35*time.Minute).Milliseconds() || *made.PollInterval != 1000 {
			t.Errorf("the task is %+v", made)
		}
		time.Sleep(1500 * time.Millisecond)
		c.do("tasks/get", named(made.TaskID)).is(t, mcp.TaskStatusWorking, "")
		began := time.Now()
		result := c.do("tasks/result", named(made.TaskID))
		if waited := time.Since(began); waited != 7500*time.Millisecond {
			t.Errorf("tasks/result waited for %v", waited)
		}
		if got := string(result.Result.Meta[relatedTask]); got != named(made.TaskID) {
			t.Errorf("the result is related to %s", got)
		}
		if got, want := fmt.Sprint(result.Result.Content), fmt.Sprint(plain.Result.Content); got != want || result.Result.IsError {
			t.Errorf("the result is %s, that of the call without a task %s", result.raw, plain.raw)
		}
		got := c.do("tasks/get", named(made.TaskID))
		got.is(t, mcp.TaskStatusCompleted, "")
		if took := got.Result.LastUpdatedAt.Sub(got.Result.CreatedAt); took != 10*time.Second {
			t.Errorf("it took %v", took)
		}
		if again := c.do("tasks/result", named(made.TaskID)); string(again.raw[8:]) == string(result.raw[8:]) || again.Result.Content == nil {
			t.Errorf("again: %s", again.raw)
		}
		c.do("tasks/cancel", named(made.TaskID)).fails(t, mcp.INVALID_PARAMS, "completed already")
		time.Sleep(35 * time.Minute)
		c.do("tasks/get", named(made.TaskID)).fails(t, mcp.INVALID_PARAMS, "no such task")
	})
}

// TestCoreProgress: what a call reports names its task, and goes to the client.
func TestCoreProgress(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		made := c.work(3, "", `,"task":{},"_meta":{"progressToken":"p"}`).Result.Task
		c.do("tasks/result", named(made.TaskID))
		for i := range 3 {
			n := <-c.session.Notifications()
			text, _ := json.Marshal(n)
			want := fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"_meta":{"%s":{"taskId":"%s"}},"progress":%d,"progressToken":"p"}}`, relatedTask, made.TaskID, i+1)
			if string(text) != want {
				t.Errorf("got  %s\nwant %s", text, want)
			}
		}
	})
}

func TestCoreFailures(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		quick := c.work(0, "", `,"task":{}`).Result.Task
		if quick.Status != "completed" {
			t.Errorf("what is quick is %+v", quick)
		}
		mistaken := c.work(2, "the code is missing", `,"task":{}`).Result.Task
		broken := c.work(2, "error", `,"task":{}`).Result.Task
		if r := c.do("tasks/result", named(mistaken.TaskID)); !r.Result.IsError || r.Result.Content[0].Text != "the code is missing" {
			t.Errorf("the result is %s", r.raw)
		}
		c.do("tasks/get", named(mistaken.TaskID)).is(t, mcp.TaskStatusCompleted, "the code is missing")
		c.do("tasks/result", named(broken.TaskID)).fails(t, mcp.INTERNAL_ERROR, "it broke")
		c.do("tasks/get", named(broken.TaskID)).is(t, mcp.TaskStatusFailed, "it broke")
		c.do("tools/call", `{"name":"other","arguments":{},"task":{}}`).fails(t, mcp.METHOD_NOT_FOUND, "cannot be called as a task")
		c.do("tools/call", `{"name":"nothing","arguments":{},"task":{}}`).fails(t, mcp.INVALID_PARAMS, "not found")
		for _, wrong := range []string{`5`, `[]`, `{"ttl":"long"}`, `{"ttl":-1}`, `{"ttl":1.5}`} {
			c.work(0, "", `,"task":`+wrong).fails(t, mcp.INVALID_PARAMS, "whole number of milliseconds")
		}
		if r := c.work(0, "", `,"task":null`); r.Result.Content == nil {
			t.Errorf("without a task: %s", r.raw)
		}
		for _, method := range []string{"tasks/get", "tasks/result", "tasks/cancel"} {
			c.do(method, named("invented")).fails(t, mcp.INVALID_PARAMS, "no such task")
			c.do(method, `{}`).fails(t, mcp.INVALID_PARAMS, "no such task")
		}
		c.do("tasks/list", `{"cursor":"invented"}`).fails(t, mcp.INVALID_PARAMS, "no such cursor")
	})
}

// TestCoreLife: what a client asks for is heeded within bounds.
func TestCoreLife(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		for asked, want := range map[string]time.Duration{
			`{}`: 90 * time.Minute, `{"ttl":0}`: 35 * time.Minute, `{"ttl":3600000}`: time.Hour, `{"ttl":9223372036854775807}`: 90 * time.Minute,
		} {
			if made := c.work(0, "", `,"task":`+asked).Result.Task; *made.TTL != want.Milliseconds() {
				t.Errorf("%s: the ttl is %d", asked, *made.TTL)
			}
		}
	})
}

func TestCoreCancel(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		id := c.work(100, "", `,"task":{}`).Result.Task.TaskID
		waiting := make(chan answer, 1)
		go func() { waiting <- c.other().do("tasks/result", named(id)) }()
		synctest.Wait()
		c.do("tasks/cancel", named(id)).is(t, mcp.TaskStatusCancelled, "cancelled")
		if r := <-waiting; !r.Result.IsError || r.Result.Content[0].Text != "ended early: the client cancelled the request" {
			t.Errorf("the result is %s", r.raw)
		}
		c.do("tasks/get", named(id)).is(t, mcp.TaskStatusCancelled, "cancelled")
		c.do("tasks/cancel", named(id)).fails(t, mcp.INVALID_PARAMS, "cancelled already")

		id = c.work(100, "", `,"task":{}`).Result.Task.TaskID
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		c.ask(ctx, "tasks/result", named(id)).fails(t, mcp.INTERNAL_ERROR, "the task goes on")
		c.do("tasks/get", named(id)).is(t, mcp.TaskStatusWorking, "")

		// A request that ends before there is a task leaves none behind that goes on.
		short, end := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer end()
		if r := c.ask(short, "tools/call", `{"name":"work","arguments":{"seconds":100},"task":{}}`); r.Result.Task.Status != "cancelled" {
			t.Errorf("got %s", r.raw)
		}
	})
}

// other is the same client on another connection.
func (c *client) other() *client { return newClient(c.t, c.table, c.srv, c.version) }

func TestCoreList(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		var want []string
		for range 45 {
			want = append(want, c.work(100, "", `,"task":{}`).Result.Task.TaskID)
		}
		var got []string
		pages, next := 0, `{}`
		for ; next != ""; pages++ {
			page := c.do("tasks/list", next).Result
			for _, k := range page.Tasks {
				got = append(got, k.TaskID)
			}
			if next = page.NextCursor; next != "" {
				next = fmt.Sprintf(`{"cursor":%q}`, next)
			}
		}
		if pages != 3 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d pages: %v\nwant %v", pages, got, want)
		}
		stranger := context.WithValue(t.Context(), ownerKey{}, "stranger")
		if r := c.ask(stranger, "tasks/list", `{}`); string(r.raw) != fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"tasks":[]}}`, c.ids) {
			t.Errorf("a stranger sees %s", r.raw)
		}
		for _, method := range []string{"tasks/get", "tasks/result", "tasks/cancel"} {
			c.ask(stranger, method, named(want[0])).fails(t, mcp.INVALID_PARAMS, "no such task")
		}
		c.do("tasks/get", named(want[0])).is(t, mcp.TaskStatusWorking, "")
	})
}

// TestOlderVersions: clients of versions without tasks are served as ever.
func TestOlderVersions(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20250618, func(t *testing.T, c *client) {
		if r := c.work(10, "", `,"task":{}`); r.Result.Content == nil || r.Result.Task.TaskID != "" {
			t.Errorf("got %s", r.raw)
		}
		for _, method := range []string{"tasks/get", "tasks/result", "tasks/cancel", "tasks/list"} {
			c.do(method, named("x")).fails(t, mcp.METHOD_NOT_FOUND, "")
		}
	})
}
