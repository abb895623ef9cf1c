package tasks

import (
	"context"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
)

// answer answers what is said about tasks; nil if the library is to answer: it knows no
// tasks, and says so.
func (t *Table) answer(ctx context.Context, r request) mcp.JSONRPCMessage {
	if r.modern {
		return t.answerModern(ctx, r)
	}
	if !r.able {
		return nil
	}
	switch mcp.MCPMethod(r.Method) {
	case mcp.MethodTasksGet:
		return t.with(ctx, r, func(k *task) mcp.JSONRPCMessage { return jsonrpc.Success(r.ID, k.core()) })
	case mcp.MethodTasksResult:
		return t.with(ctx, r, func(k *task) mcp.JSONRPCMessage { return k.await(ctx, r) })
	case mcp.MethodTasksList:
		return t.list(ctx, r)
	case mcp.MethodTasksCancel:
		return t.with(ctx, r, func(k *task) mcp.JSONRPCMessage {
			if !k.giveUp() {
				return jsonrpc.Failure(r.ID, mcp.INVALID_PARAMS, fmt.Sprintf("the task cannot be cancelled: it is %s already", k.core().Status))
			}
			return jsonrpc.Success(r.ID, k.core())
		})
	}
	return nil
}

// answerModern is answer for the extension.
func (t *Table) answerModern(ctx context.Context, r request) mcp.JSONRPCMessage {
	switch r.Method {
	case string(mcp.MethodSubscriptionsListen):
		if len(r.params.Notifications.TaskIDs) == 0 || r.able {
			return nil // and the acknowledgement names no tasks: none are told of
		}
	case string(mcp.MethodTasksGet), methodUpdate, string(mcp.MethodTasksCancel):
	default:
		return nil
	}
	if !r.able {
		return r.lacksExtension()
	}
	done := struct {
		ResultType mcp.ResultType `json:"resultType"`
	}{resultComplete}
	return t.with(ctx, r, func(k *task) mcp.JSONRPCMessage {
		switch r.Method {
		case string(mcp.MethodTasksGet):
			k.reserve(ctx)
			return jsonrpc.Success(r.ID, k.extension(resultComplete))
		case string(mcp.MethodTasksCancel):
			k.giveUp()
		case methodUpdate:
			k.update(r.params.InputResponses)
		}
		return jsonrpc.Success(r.ID, done)
	})
}

// with answers with what do makes of the task that a request names.
func (t *Table) with(ctx context.Context, r request, do func(*task) mcp.JSONRPCMessage) mcp.JSONRPCMessage {
	if k := t.find(t.opts.Owner(ctx), r.params.TaskID); k != nil && k.modern == r.modern {
		return do(k)
	}
	return jsonrpc.Failure(r.ID, mcp.INVALID_PARAMS, "there is no such task: it is kept no longer, or it was never yours")
}

// await waits for the end of a call and returns its answer. What the call reports is passed
// on meanwhile.
func (k *task) await(ctx context.Context, r request) mcp.JSONRPCMessage {
	defer k.listen(r.session)()
	select {
	case <-k.done:
	case <-ctx.Done():
		return jsonrpc.Failure(r.ID, mcp.INTERNAL_ERROR, "the request was cancelled; the task goes on, unless the server is shutting down")
	}
	k.reserve(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.read = true
	if k.failure != nil {
		e := jsonrpc.Failure(r.ID, k.failure.Code, k.failure.Message)
		e.Error.Data = k.failure.Data
		return e
	}
	return jsonrpc.Success(r.ID, k.result)
}

// reserve waits until there is memory for an answer that has the result.
func (k *task) reserve(ctx context.Context) {
	k.mu.Lock()
	size := len(k.result)
	k.mu.Unlock()
	budget.FromContext(ctx).Wait(ctx, int64(size))
}
