package tasks

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// An input is what a tool has asked the client for, and what that has answered. Its task
// guards it.
//
// A tool of MCP 2026-07-28 asks by answering with a result that says what it needs; the
// client calls it again with the answers. Once a call is a task, the task does that in the
// place of the client.
type input struct {
	open     mcp.InputRequests          // not answered yet, by the keys that the client has
	keys     map[string]string          // of the tool, by those of the client
	answers  map[string]json.RawMessage // by the keys of the tool
	used     map[string]bool            // keys that the task has had
	complete chan struct{}              // closed when all is answered
}

// neededBy returns what an answer asks the client for; nil if it asks for nothing.
func neededBy(answer mcp.JSONRPCMessage) *mcp.CallToolResult {
	response, _ := answer.(mcp.JSONRPCResponse)
	if result := toolResult(response); result != nil && result.NeedsInput() {
		return result
	}
	return nil
}

// toolResult returns the result of a tool that an answer has; nil if it has another one. The
// library has both pointers and values there.
func toolResult(response mcp.JSONRPCResponse) *mcp.CallToolResult {
	switch result := response.Result.(type) {
	case *mcp.CallToolResult:
		return result
	case mcp.CallToolResult:
		return &result
	}
	return nil
}

// again waits until the client has answered what a tool asks for, and returns the call with
// the answers. It reports false if the answer of the tool is that of the call: nobody will
// answer, or the client will call by itself, since it knows of no task.
func (k *task) again(ctx context.Context, call jsonrpc.Message, answer mcp.JSONRPCMessage) (jsonrpc.Message, bool) {
	needed := neededBy(answer)
	if needed == nil || !k.modern || !k.park(answer, needed.InputRequests) {
		return call, false
	}
	if !k.awaitInput(ctx, len(needed.InputRequests) == 0) {
		return call, false
	}
	k.mu.Lock()
	answers, err := json.Marshal(k.input.answers)
	k.mu.Unlock()
	if err != nil {
		return call, false
	}
	more := map[string]json.RawMessage{"inputResponses": answers}
	if needed.RequestState != "" {
		state, err := json.Marshal(needed.RequestState)
		if err != nil {
			return call, false
		}
		more["requestState"] = state
	}
	call, err = call.With(more)
	return call, err == nil
}

// park makes the task wait for input. It reports false if the client knows of no task, or
// has cancelled it.
func (k *task) park(answer mcp.JSONRPCMessage, needed mcp.InputRequests) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.told {
		k.plain = answer
		return false
	}
	if k.status != mcp.TaskStatusWorking {
		return false
	}
	k.input.ask(needed)
	if len(needed) > 0 {
		k.status, k.changed = mcp.TaskStatusInputRequired, time.Now()
	}
	return true
}

// ask begins a round. No key of a task means two things.
func (i *input) ask(needed mcp.InputRequests) {
	i.open, i.keys, i.answers, i.complete = mcp.InputRequests{}, map[string]string{}, map[string]json.RawMessage{}, make(chan struct{})
	if i.used == nil {
		i.used = map[string]bool{}
	}
	for key, request := range needed {
		name := key
		for n := 2; i.used[name]; n++ {
			name = fmt.Sprintf("%s-%d", key, n)
		}
		i.used[name], i.open[name], i.keys[name] = true, request, key
	}
}

// awaitInput waits for the answers, or for a moment if the tool only wants to be called
// again.
func (k *task) awaitInput(ctx context.Context, later bool) bool {
	moment := make(<-chan time.Time)
	if later {
		moment = time.After(minPoll)
	}
	k.mu.Lock()
	complete := k.input.complete
	k.mu.Unlock()
	select {
	case <-complete:
		return true
	case <-moment:
		return true
	case <-ctx.Done():
		return false
	}
}

// update takes answers of the client. Those that nothing has asked for are ignored.
func (k *task) update(answers map[string]json.RawMessage) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.status != mcp.TaskStatusInputRequired {
		return
	}
	for name, answer := range answers {
		if _, asked := k.input.open[name]; asked {
			delete(k.input.open, name)
			k.input.answers[k.input.keys[name]] = answer
		}
	}
	if k.changed = time.Now(); len(k.input.open) == 0 {
		k.status = mcp.TaskStatusWorking
		close(k.input.complete)
	}
}

// outstanding is what the client has not answered. The caller holds the lock.
func (k *task) outstanding() mcp.InputRequests {
	if k.status != mcp.TaskStatusInputRequired {
		return nil
	}
	return maps.Clone(k.input.open)
}
