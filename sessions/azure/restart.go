package azure

import (
	"context"
	"net/http"

	"dynamic-sessions-mcp/sessions"
)

// restart has a session's interpreter replaced. Only pools of this program can: Azure
// ends a session with its files, or leaves its interpreter alone.
func (p *Pool) restart(ctx context.Context, r run) (*sessions.Execution, error) {
	c := r.newCall(p, "/.management/restartSession", p.flatVersion())
	c.op = "restart a session"
	var a answer
	header, err := p.exchange(ctx, c, &a)
	switch {
	case isStatus(err, http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented):
		return nil, &serviceError{
			Op: c.op, Message: "the pool cannot restart an interpreter and keep the files: Azure's API has no call for that",
			Advice: "Nothing was run. %reset -f removes all variables; imported modules stay",
			kind:   sessions.ErrInvalidRequest,
		}
	case err != nil:
		return nil, err
	}
	x, err := p.outcome(ctx, c, header, a, nil)
	if err == nil {
		x.Restart = sessions.RestartAsked
	}
	return x, err
}
