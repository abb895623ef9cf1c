package tasks

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
)

// pageSize is how many tasks a page of tasks/list has.
const pageSize = 20

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

// list answers with a page of tasks, the oldest first.
func (t *Table) list(ctx context.Context, r request) mcp.JSONRPCMessage {
	after, ok := readCursor(r.params.Cursor)
	if !ok {
		return jsonrpc.Failure(r.ID, mcp.INVALID_PARAMS, "there is no such cursor; leave it out to begin with the first page")
	}
	t.mu.Lock()
	own := t.of(t.opts.Owner(ctx))
	t.mu.Unlock()
	page := struct {
		Tasks []mcp.Task `json:"tasks"`
		Next  string     `json:"nextCursor,omitempty"`
	}{Tasks: []mcp.Task{}}
	var last uint64
	for _, k := range own {
		switch {
		case k.modern || k.serial <= after:
		case len(page.Tasks) == pageSize:
			page.Next = cursor(last)
		default:
			page.Tasks, last = append(page.Tasks, k.core()), k.serial
		}
	}
	return jsonrpc.Success(r.ID, page)
}

const cursorPrefix = "after "

// cursor names the tasks that follow one.
func cursor(serial uint64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatUint(serial, 10)))
}

// readCursor returns the serial of the task that a cursor follows; that of "" is 0.
func readCursor(text string) (serial uint64, ok bool) {
	if text == "" {
		return 0, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	number, named := strings.CutPrefix(string(raw), cursorPrefix)
	if err != nil || !named {
		return 0, false
	}
	serial, err = strconv.ParseUint(number, 10, 64)
	return serial, err == nil
}
