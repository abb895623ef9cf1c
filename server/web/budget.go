package web

import (
	"context"
	"encoding/json"

	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
)

// openBudget opens the account of the answer to a request, which is closed when
// the client has taken the answer, or never will: clients that ask for much and
// read nothing would use up all memory.
func (h *Handler) openBudget(ctx context.Context) (context.Context, *budget.Account) {
	account := h.responseBudget.Open("user:" + string(guard.Caller(ctx)))
	return budget.WithAccount(ctx, account), account
}

// batchNeed is what all answers to a batch need before they begin, as far as
// there can be so much. Answers that had some and waited for more could wait for
// each other.
func batchNeed(members []json.RawMessage) (n int64) {
	for _, member := range members {
		if m, wrong := jsonrpc.Parse(member); wrong == nil {
			n += jsonrpc.Need(m)
		}
	}
	return min(n, budget.AnswerMemory/2)
}
