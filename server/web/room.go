package web

import (
	"context"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/jsonrpc"
)

const (
	// bigAnswer is the memory that an answer with a file takes: the file, its
	// base64, and the message.
	bigAnswer = 24 << 20
	// bigAnswers is how many of them there may be; one principal can have half.
	bigAnswers = 32
)

// A room is the memory for an answer that may be big, until the client has taken
// it. Clients that ask for many files and read none would use up all memory.
type room struct {
	of  *shares
	who string
	n   int64
}

// room returns that of the answer to a message, which is not taken yet.
func (h *Handler) room(ctx context.Context, m jsonrpc.Message) *room {
	r := &room{of: h.answers, who: string(guard.Caller(ctx))}
	if m.Kind == jsonrpc.Call && m.Method == string(mcp.MethodResourcesRead) {
		r.n = bigAnswer
	}
	return r
}

// batchRoom returns that of all answers to a batch, as far as there can be so
// much. Answers that had some and waited for more could wait for each other.
func (h *Handler) batchRoom(ctx context.Context, members []json.RawMessage) *room {
	all := h.room(ctx, jsonrpc.Message{})
	for _, member := range members {
		if m, wrong := jsonrpc.Parse(member); wrong == nil {
			all.n += h.room(ctx, m).n
		}
	}
	all.n = min(all.n, bigAnswer*bigAnswers/2)
	return all
}

// take waits for the memory, or for the end of ctx: what is asked for then fails
// by itself.
func (r *room) take(ctx context.Context) {
	if r.n > 0 && !r.of.wait(ctx, r.who, r.n) {
		r.n = 0
	}
}

// give gives back what was taken.
func (r *room) give() {
	if r.n > 0 {
		r.of.give(r.who, r.n)
	}
}
