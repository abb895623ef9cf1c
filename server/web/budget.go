package web

import (
	"context"
	"encoding/json"

	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
)

// openBudget opens the account of a response in the caller's share of the
// response budget. It stays open until the client has read the response, or never
// will: else clients that request much and read nothing would use up all memory.
func (h *Handler) openBudget(ctx context.Context) (context.Context, *budget.Account) {
	account := h.responseBudget.Open("user:" + string(guard.Caller(ctx)))
	return budget.WithAccount(ctx, account), account
}

// batchNeed returns how many bytes all answers to a batch need, up to one
// principal's share. They are taken at once: answers that hold some and wait for
// more could wait for each other.
func batchNeed(members []json.RawMessage) (n int64) {
	for _, member := range members {
		if m, wrong := jsonrpc.Parse(member); wrong == nil {
			n += jsonrpc.Need(m)
		}
	}
	return min(n, budget.AnswerMemory/2)
}
