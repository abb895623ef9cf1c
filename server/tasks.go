package server

import (
	"context"
	"time"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/tasks"
	"dynamic-sessions-mcp/server/web"
)

// taskPatience is how long a call is waited for before the server makes a task of it.
// Most code takes less, and a client that would have to ask again gains nothing; people
// and clients that call a call stuck wait for longer.
const taskPatience = 5 * time.Second

// taskOptions completes options with what they are over every transport: calls that may go
// on after their answer may be tasks.
func (p program) taskOptions(o tasks.Options) tasks.Options {
	o.Tools = []string{"run_python"}
	o.LongestCall = backend.MaxRun(p.cfg)
	o.Patience = taskPatience
	if within := time.Duration(p.cfg.Tools.AnswerWithin); within > 0 {
		o.Patience = min(o.Patience, within)
	}
	return o
}

// taskOwner is whose the tasks of a request over HTTP are: those of its conversation, or of
// its user if it belongs to none.
func taskOwner(ctx context.Context) string {
	if c := web.Conversation(ctx); c != nil {
		return "conversation " + c.Name()
	}
	return "user " + caller(ctx)
}
