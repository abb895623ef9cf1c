package interpreter

import (
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
)

// askThrough has what code wants to connect with be asked of the user while it runs, until
// end is called. Nil asks nobody.
func (in *Interpreter) askThrough(ask func(sessions.Question) bool) (end func()) {
	if ask == nil {
		return func() {}
	}
	return in.approvals.AskThrough(func(q egress.Question) bool { return ask(sessions.Question(q)) })
}
