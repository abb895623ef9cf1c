package tasks

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
)

// TestBounds: an owner has so many tasks; what has ended makes room, the results that were
// read first.
func TestBounds(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		var ids []string
		for i := range maxTasks {
			ids = append(ids, c.work(100+i, "", `,"task":{}`).Result.Task.TaskID)
		}
		c.work(1, "", `,"task":{}`).fails(t, mcp.INTERNAL_ERROR, "64 calls go on as tasks")
		if r := c.work(1, "", ""); r.Result.Content == nil {
			t.Errorf("a call without a task: %s", r.raw)
		}
		stranger := context.WithValue(t.Context(), ownerKey{}, "stranger")
		if r := c.ask(stranger, "tools/call", `{"name":"work","arguments":{},"task":{}}`); r.Result.Task.TaskID == "" {
			t.Errorf("another owner: %s", r.raw)
		}
		c.do("tasks/cancel", named(ids[5]))
		c.do("tasks/cancel", named(ids[7]))
		c.do("tasks/result", named(ids[7]))
		synctest.Wait()
		for _, gone := range []string{ids[7], ids[5]} {
			c.do("tasks/get", named(gone)).is(t, mcp.TaskStatusCancelled, "")
			if r := c.work(100, "", `,"task":{}`); r.Result.Task.TaskID == "" {
				t.Fatalf("got %s", r.raw)
			}
			c.do("tasks/get", named(gone)).fails(t, mcp.INVALID_PARAMS, "no such task")
		}
	})
}

// TestExtensionWithoutRoom: where no task can be made, the call is answered as ever.
func TestExtensionWithoutRoom(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		for range maxTasks {
			c.work(1000, "", "")
		}
		if r := c.work(10, "", ""); r.Result.ResultType != "complete" || r.Result.Content == nil {
			t.Errorf("got %s", r.raw)
		}
	})
}

// TestResultsAreBounded: the results of all tasks have so much memory together, and who
// takes the most gives it back first.
func TestResultsAreBounded(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		big := strings.Repeat("x", 60_000)
		ada, bob := context.WithValue(t.Context(), ownerKey{}, "ada"), context.WithValue(t.Context(), ownerKey{}, "bob")
		make := func(owner context.Context) string {
			id := c.ask(owner, "tools/call", fmt.Sprintf(`{"name":"work","arguments":{"end":%q},"task":{}}`, big)).Result.Task.TaskID
			synctest.Wait()
			return id
		}
		first := make(bob)
		c.table.mu.Lock()
		c.table.held += maxResults - 3*60_000 - 5_000 // as if others had the rest
		c.table.mu.Unlock()
		adas := []string{make(ada), make(ada), make(ada)}
		c.ask(ada, "tasks/get", named(adas[0])).fails(t, mcp.INVALID_PARAMS, "no such task")
		for owner, ids := range map[context.Context][]string{ada: adas[1:], bob: {first}} {
			for _, id := range ids {
				c.ask(owner, "tasks/get", named(id)).is(t, mcp.TaskStatusCompleted, "xxx")
			}
		}
	})
}

// TestForget: the tasks of a session that has ended are gone.
func TestForget(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		id := c.work(100, "", `,"task":{}`).Result.Task.TaskID
		c.table.Forget("another")
		c.do("tasks/get", named(id)).is(t, mcp.TaskStatusWorking, "")
		c.table.Forget("") // the tool has named no session
		c.do("tasks/get", named(id)).fails(t, mcp.INVALID_PARAMS, "no such task")
		if c.table.Open() != 0 {
			t.Errorf("%d tasks are left", c.table.Open())
		}
	})
}

// TestInterrupt: the end of the server ends the calls, and there are no new tasks.
func TestInterrupt(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		id := c.work(100, "", `,"task":{}`).Result.Task.TaskID
		c.table.Interrupt()
		if r := c.do("tasks/result", named(id)); !bytes.Contains(r.raw, []byte("ended early: "+sessions.ErrClosed.Error())) {
			t.Errorf("got %s", r.raw)
		}
		c.work(1, "", `,"task":{}`).fails(t, mcp.INTERNAL_ERROR, sessions.ErrClosed.Error())
	})
}

// TestExpiredWork: a call that outlasts its task is cancelled.
func TestExpiredWork(t *testing.T) {
	inTime(t, coreVersion, func(t *testing.T, c *client) {
		id := c.work(36*60, "", `,"task":{"ttl":1}`).Result.Task.TaskID
		time.Sleep(35*time.Minute + time.Second)
		c.do("tasks/get", named(id)).fails(t, mcp.INVALID_PARAMS, "no such task")
		began := time.Now()
		c.table.Close()
		if time.Since(began) != 0 {
			t.Errorf("the call went on for %v", time.Since(began))
		}
	})
}
