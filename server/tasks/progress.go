package tasks

import (
	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// reports is how many notifications of a call may wait for a moment.
const reports = 64

// report passes on what the call reports, unless nobody listens or reads.
func (k *task) report(n mcp.JSONRPCNotification) {
	k.mu.Lock()
	listener := k.listener
	k.mu.Unlock()
	if listener == nil {
		return
	}
	if !k.modern {
		n.Params.Meta = map[string]any{relatedTask: map[string]any{"taskId": k.id}}
	}
	select {
	case listener.NotificationChannel() <- n:
	default:
	}
}

// listen has a session get the progress of the call until unlisten is called.
func (k *task) listen(s *jsonrpc.Session) (unlisten func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.listener = s
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.listener == s {
			k.listener = k.home
		}
	}
}
