package tasks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// asks is a tool that asks for a name and a colour after some seconds, then for the name
// again, and answers with all that it was told.
func asks(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	var told []string
	for _, key := range []string{"name", "colour"} {
		if answer := server.ElicitationResponse(r.Params.InputResponses, key); answer != nil {
			told = append(told, fmt.Sprint(answer.Content))
		}
	}
	form := mcp.ElicitationParams{Message: "Tell me.", RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}}}
	switch r.Params.RequestState {
	case "":
		select {
		case <-time.After(time.Duration(r.GetInt("seconds", 0)) * time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return server.NewInputRequestBuilder("first").Elicit("name", form).Elicit("colour", form).ToolResult(), nil
	case "first":
		return server.NewInputRequestBuilder(strings.Join(told, " ")).Elicit("name", form).ToolResult(), nil
	}
	return mcp.NewToolResultText(r.Params.RequestState + " " + strings.Join(told, " ")), nil
}

// asked returns the keys that a task asks for.
func (a answer) asked() []string {
	var keys []string
	for key := range a.Result.InputRequests {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func tells(id, key, value string) string {
	return fmt.Sprintf(`{"taskId":%q,"inputResponses":{%q:{"action":"accept","content":{"x":%q}},"unknown":{}}}`, id, key, value)
}

// TestInput: a task asks in the place of its tool, round by round, with keys of its own.
func TestInput(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		id := c.do("tools/call", `{"name":"asks","arguments":{"seconds":10}}`).Result.TaskID
		c.do("tasks/update", tells(id, "name", "too early"))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		got := c.do("tasks/get", named(id))
		if got.is(t, mcp.TaskStatusInputRequired, ""); fmt.Sprint(got.asked()) != "[colour name]" || got.Result.InputRequests["name"].Method != "elicitation/create" || got.Result.RequestState != "" {
			t.Errorf("got %s", got.raw)
		}
		if r := c.do("tasks/update", tells(id, "colour", "red")); r.Result.ResultType != "complete" {
			t.Errorf("got %s", r.raw)
		}
		got = c.do("tasks/get", named(id))
		if got.is(t, mcp.TaskStatusInputRequired, ""); fmt.Sprint(got.asked()) != "[name]" {
			t.Errorf("got %s", got.raw)
		}
		c.do("tasks/update", tells(id, "name", "Ada"))
		synctest.Wait()
		got = c.do("tasks/get", named(id))
		if got.is(t, mcp.TaskStatusInputRequired, ""); fmt.Sprint(got.asked()) != "[name-2]" {
			t.Errorf("got %s", got.raw)
		}
		c.do("tasks/update", tells(id, "name", "an answer to what was asked before"))
		c.do("tasks/update", tells(id, "name-2", "Lovelace"))
		synctest.Wait()
		got = c.do("tasks/get", named(id))
		got.is(t, mcp.TaskStatusCompleted, "")
		var result struct{ Content []struct{ Text string } }
		if _ = json.Unmarshal(got.Result.Result, &result); result.Content[0].Text != "map[x:Ada] map[x:red] map[x:Lovelace]" {
			t.Errorf("the result is %s", got.Result.Result)
		}
	})
}

// TestInputBeforeTheTask: a tool that asks at once is answered by another call.
func TestInputBeforeTheTask(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		r := c.do("tools/call", `{"name":"asks","arguments":{"seconds":1}}`)
		if r.Result.ResultType != "input_required" || r.Result.TaskID != "" || len(r.asked()) != 2 || r.Result.RequestState != "first" || c.table.Open() != 0 {
			t.Errorf("got %s", r.raw)
		}
	})
}

// TestInputNeverComes: what asks can be cancelled, and ends with the server.
func TestInputNeverComes(t *testing.T) {
	inTime(t, mcp.ProtocolVersion20260728, func(t *testing.T, c *client) {
		cancelled := c.do("tools/call", `{"name":"asks","arguments":{"seconds":6}}`).Result.TaskID
		ended := c.do("tools/call", `{"name":"asks","arguments":{"seconds":6}}`).Result.TaskID
		time.Sleep(time.Minute)
		c.do("tasks/cancel", named(cancelled))
		c.do("tasks/get", named(cancelled)).is(t, mcp.TaskStatusCancelled, "cancelled")
		c.do("tasks/get", named(ended)).is(t, mcp.TaskStatusInputRequired, "")
		c.table.Interrupt()
		synctest.Wait()
		c.do("tasks/get", named(ended)).is(t, mcp.TaskStatusFailed, "before it got what it asked for")
		c.do("tasks/get", named(cancelled)).is(t, mcp.TaskStatusCancelled, "cancelled")
	})
}

// TestMalformed: members of another type are as good as none.
func TestMalformed(t *testing.T) {
	for _, version := range []string{coreVersion, mcp.ProtocolVersion20260728} {
		t.Run(version, func(t *testing.T) {
			inTime(t, version, func(t *testing.T, c *client) {
				for _, params := range []string{`{"taskId":5}`, `{"taskId":null}`, `{"taskId":["x"]}`, `{"taskId":"x","inputResponses":[]}`} {
					c.do("tasks/get", params).fails(t, mcp.INVALID_PARAMS, "no such task")
					c.do("tasks/cancel", params).fails(t, mcp.INVALID_PARAMS, "no such task")
				}
			})
		})
	}
}
