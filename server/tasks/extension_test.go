package tasks

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestExtension is the life of a task of the extension: there is one only for what takes
// longer than the patience.
func TestExtension(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		plain := c.work(4, "", "")
		if plain.Result.ResultType != "complete" || plain.Result.TaskID != "" || len(c.session.Notifications()) != 4 || c.table.Open() != 0 {
			t.Errorf("what is quick: %s, %d reports, %d tasks", plain.raw, len(c.session.Notifications()), c.table.Open())
		}
		began := time.Now()
		made := c.work(60, "", `,"task":{}`)
		if waited := time.Since(began); waited != 5*time.Second {
			t.Errorf("the answer came after %v", waited)
		}
		made.is(t, mcp.TaskStatusWorking, "")
		if made.Result.ResultType != "task" || *made.Result.TTLMs != (90*time.Minute).Milliseconds() || *made.Result.PollIntervalMs != 1000 || made.Result.CreatedAt != began.UTC() {
			t.Errorf("the task is %s", made.raw)
		}
		id := made.Result.TaskID
		time.Sleep(40 * time.Second)
		got := c.do("tasks/get", named(id))
		got.is(t, mcp.TaskStatusWorking, "")
		if got.Result.ResultType != "complete" || got.Result.Result != nil || *got.Result.PollIntervalMs != 4500 {
			t.Errorf("got %s", got.raw)
		}
		if n := len(c.session.Notifications()); n > 9 {
			t.Errorf("%d reports, also of the task", n)
		}
		time.Sleep(20 * time.Second)
		got = c.do("tasks/get", named(id))
		got.is(t, mcp.TaskStatusCompleted, "")
		var want, result any
		_ = json.Unmarshal(plain.raw, &want)
		_ = json.Unmarshal(got.Result.Result, &result)
		wanted, _ := json.Marshal(want.(map[string]any)["result"])
		if had, _ := json.Marshal(result); string(had) != string(wanted) {
			t.Errorf("the result is\n%s, that of the call without a task\n%s", had, wanted)
		}
		if *got.Result.PollIntervalMs != 5000 {
			t.Errorf("to be asked every %d ms", *got.Result.PollIntervalMs)
		}
		for _, method := range []string{"tasks/cancel", "tasks/update"} {
			if r := c.do(method, named(id)); r.Error != nil || r.Result.ResultType != "complete" || r.Result.Status != "" {
				t.Errorf("%s: %s", method, r.raw)
			}
		}
		c.do("tasks/get", named(id)).is(t, mcp.TaskStatusCompleted, "")
		for _, method := range []string{"tasks/list", "tasks/result"} {
			c.do(method, named(id)).fails(t, mcp.METHOD_NOT_FOUND, "")
		}
	})
}

// TestExtensionFailures: what the tool says is a result, also that it failed.
func TestExtensionFailures(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		mistaken, broken := c.work(6, "wrong", "").Result.TaskID, c.work(6, "error", "").Result.TaskID
		time.Sleep(time.Minute)
		got := c.do("tasks/get", named(mistaken))
		got.is(t, mcp.TaskStatusCompleted, "")
		var result struct{ IsError bool }
		if _ = json.Unmarshal(got.Result.Result, &result); !result.IsError {
			t.Errorf("got %s", got.raw)
		}
		got = c.do("tasks/get", named(broken))
		if got.is(t, mcp.TaskStatusFailed, "it broke"); got.Result.Error == nil || got.Result.Result != nil {
			t.Errorf("got %s", got.raw)
		}
		for _, method := range []string{"tasks/get", "tasks/cancel", "tasks/update"} {
			c.do(method, named("invented")).fails(t, mcp.INVALID_PARAMS, "no such task")
			stranger := context.WithValue(t.Context(), ownerKey{}, "stranger")
			c.ask(stranger, method, named(broken)).fails(t, mcp.INVALID_PARAMS, "no such task")
		}
	})
}

func TestExtensionCancel(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		id := c.work(100, "", "").Result.TaskID
		c.do("tasks/cancel", named(id))
		got := c.do("tasks/get", named(id))
		if got.is(t, mcp.TaskStatusCancelled, "cancelled"); got.Result.Result != nil || got.Result.Error != nil {
			t.Errorf("got %s", got.raw)
		}
		// Before there is a task, the end of the request is the end of the call.
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		began := time.Now()
		if r := c.ask(ctx, "tools/call", `{"name":"work","arguments":{"seconds":100}}`); !r.Result.IsError || time.Since(began) != 2*time.Second {
			t.Errorf("got %s after %v", r.raw, time.Since(began))
		}
	})
}

// TestExtensionIsDeclared: clients that do not declare the extension get no tasks, and
// cannot ask for any.
func TestExtensionIsDeclared(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		id := c.work(100, "", "").Result.TaskID
		c.able = false
		if r := c.work(10, "", `,"task":{}`); r.Result.ResultType != "complete" || r.Result.Content == nil {
			t.Errorf("got %s", r.raw)
		}
		for _, method := range []string{"tasks/get", "tasks/cancel", "tasks/update"} {
			r := c.do(method, named(id))
			r.fails(t, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, extensionID)
			if want := `{"requiredCapabilities":{"extensions":{"` + extensionID + `":{}}}}`; string(r.Error.Data) != want {
				t.Errorf("%s: %s", method, r.Error.Data)
			}
		}
		c.do("subscriptions/listen", `{"notifications":{"taskIds":["x"]}}`).fails(t, mcp.MISSING_REQUIRED_CLIENT_CAPABILITY, extensionID)
	})
}
