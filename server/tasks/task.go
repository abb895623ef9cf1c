package tasks

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/tools"
	"dynamic-sessions-mcp/tools/prose"
)

// relatedTask is the key of _meta by which messages name their task in MCP 2025-11-25.
const relatedTask = "io.modelcontextprotocol/related-task"

// A task is one call of a tool that may outlive its request.
type task struct {
	id, owner string
	modern    bool // of the extension
	created   time.Time
	life      time.Duration
	work      tools.Task
	account   *budget.Account // has the memory of the result
	cancel    context.CancelCauseFunc
	done      chan struct{} // closed when the call is answered
	log       zerolog.Logger

	// Guarded by the lock of the table.
	serial uint64
	expiry *time.Timer
	size   int // of the result, in bytes

	mu       sync.Mutex
	home     *jsonrpc.Session // of the request; nil if the task has no more to do with it
	listener *jsonrpc.Session // gets the progress of the call; nil for nobody
	told     bool             // the client knows the task
	plain    mcp.JSONRPCMessage
	status   mcp.TaskStatus
	message  string // says more about the status, unless the call goes on
	changed  time.Time
	result   json.RawMessage
	failure  *mcp.JSONRPCErrorDetails
	input    input
	read     bool // the client has got the result
}

// tell makes the task known, so that its answer goes nowhere else. It reports false if
// the call is answered already.
func (k *task) tell() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.plain != nil {
		return false
	}
	k.told = true
	if k.modern { // whose tasks report no progress
		k.home, k.listener = nil, nil
	}
	return true
}

// finish takes the answer to the call and returns the size of the result if a task has it.
func (k *task) finish(answer mcp.JSONRPCMessage) (size int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer close(k.done)
	switch {
	case k.plain != nil:
		return 0
	case !k.told:
		k.plain = answer
		return 0
	}
	cancelled := k.status == mcp.TaskStatusCancelled
	k.seal(answer)
	if cancelled { // and remains that, however the call ended
		k.status, k.message = mcp.TaskStatusCancelled, cancelledMessage
	} else {
		k.changed = time.Now()
	}
	k.account.Keep(int64(len(k.result)))
	return len(k.result)
}

const cancelledMessage = "The task was cancelled."

// seal turns an answer into the result that is kept. A result that says that the tool has
// failed is one: MCP 2025-11-25 calls such a task failed, but clients (VS Code, the SDK for
// TypeScript) fetch no result of a failed task, and models would not read why.
func (k *task) seal(answer mcp.JSONRPCMessage) {
	k.status, k.message = mcp.TaskStatusCompleted, k.work.Status()
	switch a := answer.(type) {
	case mcp.JSONRPCResponse:
		called := toolResult(a)
		if called != nil && called.IsError {
			k.message = summary(called)
		}
		if called != nil && !k.modern {
			called.EnsureResultMeta().SetMetaField(relatedTask, map[string]any{"taskId": k.id})
			a.Result = called
		}
		text, err := json.Marshal(a.Result)
		if err == nil {
			k.result = text
			return
		}
		k.log.Error().Err(err).Msg("the result of a task cannot be written as JSON")
	case mcp.JSONRPCError:
		k.fail(a.Error)
		return
	}
	k.fail(mcp.NewJSONRPCErrorDetails(mcp.INTERNAL_ERROR, "the result cannot be written as JSON", nil))
}

func (k *task) fail(e mcp.JSONRPCErrorDetails) {
	k.status, k.message, k.failure = mcp.TaskStatusFailed, e.Message, &e
}

// summary is the first line of a result that has one.
func summary(r *mcp.CallToolResult) string {
	for _, block := range r.Content {
		if text, ok := block.(mcp.TextContent); ok {
			if line := prose.Line(text.Text, 200); line != "" {
				return line
			}
		}
	}
	return ""
}

// giveUp cancels the call. It reports false if the task has a final status already.
func (k *task) giveUp() bool {
	k.mu.Lock()
	working := !k.status.IsTerminal()
	if working {
		k.status, k.message, k.changed = mcp.TaskStatusCancelled, cancelledMessage, time.Now()
	}
	k.mu.Unlock()
	if working {
		k.cancel(jsonrpc.ErrCancelled)
	}
	return working
}

// release ends what goes on of a task that nobody can ask for any more.
func (k *task) release() {
	k.expiry.Stop()
	k.cancel(nil)
}

// discard is release, and gives back the memory of the result.
func (k *task) discard() {
	k.release()
	k.account.Close()
}

// ended reports whether the call has ended, and whether the client has its result.
func (k *task) ended() (ended, read bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	select {
	case <-k.done:
		return true, k.read
	default:
		return false, false
	}
}
