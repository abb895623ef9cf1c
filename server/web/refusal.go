package web

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
)

// A refusal is why a request is not carried out.
type refusal struct {
	status int
	code   int             // of JSON-RPC; zero means INVALID_REQUEST
	id     json.RawMessage // of the request, if it is known
	text   string
}

func (h *Handler) refuse(w http.ResponseWriter, f refusal) {
	if f.code == 0 {
		f.code = mcp.INVALID_REQUEST
	}
	h.answerJSON(w, f.status, jsonrpc.Failure(f.id, f.code, f.text))
}

// answerJSON writes one message as the whole answer.
func (h *Handler) answerJSON(w http.ResponseWriter, status int, message mcp.JSONRPCMessage) {
	if status >= http.StatusBadRequest && h.opts.Refused != nil {
		h.opts.Refused(status)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	writeFor(w)
	_, _ = w.Write(h.marshal(message))
}

// refuseMethod answers a request with a method that a path does not have.
func (h *Handler) refuseMethod(w http.ResponseWriter, allowed, why string) {
	w.Header().Set("Allow", allowed)
	h.refuse(w, refusal{status: http.StatusMethodNotAllowed, text: why})
}

// outcome returns the refusal for an error of a conversation.
func outcome(err error, id json.RawMessage) refusal {
	f := refusal{status: http.StatusBadRequest, id: id, text: err.Error()}
	switch {
	case errors.Is(err, conversation.ErrUnknown):
		f.status, f.text = http.StatusNotFound, f.text+"; send initialize without a session ID to begin a new one"
	case errors.Is(err, conversation.ErrTooMany), errors.Is(err, jsonrpc.ErrBusy):
		f.status, f.code = http.StatusTooManyRequests, mcp.INTERNAL_ERROR
	}
	return f
}

// marshal writes a message; nil if it cannot be written and nobody waits for it.
func (h *Handler) marshal(message mcp.JSONRPCMessage) []byte {
	return jsonrpc.Marshal(message, h.opts.Logger)
}
