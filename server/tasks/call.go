package tasks

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/tools"
)

// AskWithin is [jsonrpc.AskWithin], and answers what has to do with tasks itself.
func (t *Table) AskWithin(ctx context.Context, srv *server.MCPServer, m jsonrpc.Message, log zerolog.Logger) mcp.JSONRPCMessage {
	if t == nil {
		return jsonrpc.AskWithin(ctx, srv, m, log)
	}
	if r, ok := read(ctx, m); ok {
		answer := t.answer(ctx, r)
		if answer == nil && m.Method == string(mcp.MethodToolsCall) {
			answer = t.call(ctx, srv, r, log)
		}
		if answer != nil {
			return answer
		}
	}
	return jsonrpc.AskWithin(ctx, srv, m, log)
}

// call carries out the call of a tool that is or may become a task; nil if it cannot.
func (t *Table) call(ctx context.Context, srv *server.MCPServer, r request, log zerolog.Logger) mcp.JSONRPCMessage {
	may := slices.Contains(t.opts.Tools, r.Tool)
	switch {
	case r.asksForTask() && !may && srv.GetTool(r.Tool) != nil:
		return jsonrpc.Failure(r.ID, mcp.METHOD_NOT_FOUND, fmt.Sprintf("the tool %s cannot be called as a task; call it without", r.Tool))
	case !may:
		return nil
	case r.asksForTask():
		return t.callAsAsked(ctx, srv, r, log)
	case r.modern && r.able:
		return t.callWithPatience(ctx, srv, r, log)
	}
	return nil
}

// callAsAsked makes a task of a call because the client asks for it.
func (t *Table) callAsAsked(ctx context.Context, srv *server.MCPServer, r request, log zerolog.Logger) mcp.JSONRPCMessage {
	var asked struct{ TTL *int64 }
	if json.Unmarshal(r.params.Task, &asked) != nil || asked.TTL != nil && *asked.TTL < 0 {
		return jsonrpc.Failure(r.ID, mcp.INVALID_PARAMS, "task must be an object, whose ttl is a whole number of milliseconds")
	}
	life := t.opts.LongestCall + maxKeep
	if asked.TTL != nil {
		life = min(life, max(t.opts.LongestCall+minKeep, time.Duration(min(*asked.TTL, int64(life/time.Millisecond)))*time.Millisecond))
	}
	k, err := t.begin(ctx, srv, r, life, log)
	if err != nil {
		return jsonrpc.Failure(r.ID, mcp.INTERNAL_ERROR, err.Error())
	}
	k.awaitQuick(ctx)
	return jsonrpc.Success(r.ID, map[string]any{"task": k.core()})
}

// awaitQuick waits for a call that ends before its client would first ask how it stands: it
// is not delayed then. The end of the request, of which the client gets no task, is the end
// of the call.
func (k *task) awaitQuick(ctx context.Context) {
	late := time.NewTimer(minPoll)
	defer late.Stop()
	select {
	case <-k.done:
	case <-late.C:
	case <-ctx.Done():
		k.giveUp()
	}
}

// callWithPatience makes a task of a call if that goes on for long. It answers nil if no
// task can be made.
func (t *Table) callWithPatience(ctx context.Context, srv *server.MCPServer, r request, log zerolog.Logger) mcp.JSONRPCMessage {
	k, err := t.begin(ctx, srv, r, t.opts.LongestCall+maxKeep, log)
	if err != nil {
		return nil
	}
	late := time.NewTimer(t.opts.Patience)
	defer late.Stop()
	select {
	case <-k.done:
	case <-ctx.Done():
		k.cancel(context.Cause(ctx))
		<-k.done
	case <-late.C:
		if k.tell() {
			return jsonrpc.Success(r.ID, k.extension(resultTask))
		}
		<-k.done
	}
	budget.FromContext(ctx).CloseWith(k.account)
	t.mu.Lock()
	t.take(k)
	t.mu.Unlock()
	k.release()
	return k.plain
}

// begin starts the call of a task.
func (t *Table) begin(ctx context.Context, srv *server.MCPServer, r request, life time.Duration, log zerolog.Logger) (*task, error) {
	held, release, err := t.opts.Hold(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	k := &task{
		id: rand.Text(), owner: t.opts.Owner(ctx), modern: r.modern, created: now, changed: now, life: life,
		account: budget.FromContext(ctx).Fork(), done: make(chan struct{}), log: log,
		home: r.session, listener: r.session, told: !r.modern, status: mcp.TaskStatusWorking,
	}
	k.work.GoesOn = sync.OnceFunc(t.opts.Follow(ctx))
	held, k.cancel = context.WithCancelCause(budget.WithAccount(tools.WithTask(held, &k.work), k.account))
	stop := context.AfterFunc(t.end, func() { k.cancel(context.Cause(t.end)) })
	leave := func() {
		stop()
		k.work.GoesOn()
		release()
	}
	err = t.add(k, func() {
		defer leave()
		t.keep(k, k.finish(k.ask(held, srv, r)))
	})
	if err != nil {
		k.cancel(nil)
		k.account.Close()
		leave()
		return nil, err
	}
	return k, nil
}
