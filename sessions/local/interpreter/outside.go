package interpreter

import (
	"context"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local/kernel"
)

// outside returns what connects an interpreter with what it may reach, nil if that is
// nothing, and adds to the options of its kernel what that needs: what answers connections,
// and what the session has of secrets.
func (in *Interpreter) outside(o *kernel.Options) (*egress.Client, error) {
	proxy := in.engine.opts.Egress
	if proxy == nil {
		return nil, nil
	}
	client, err := proxy.Client(in.place.Key, &in.approvals)
	if err != nil {
		return nil, err
	}
	o.Relay = func(ctx context.Context, s kernel.Stream) { client.Serve(ctx, s) }
	o.Environment, o.Authority = client.Environment(), client.Authority()
	return client, nil
}

// TakeConnections returns the connections of the interpreter that have ended since it was
// last called. Anyone may call it.
func (l *Live) TakeConnections() []sessions.Connections {
	if l.outside == nil {
		return nil
	}
	var connections []sessions.Connections
	for _, d := range l.outside.TakeDecisions() {
		connections = append(connections, sessions.Connections{Host: d.Host, Port: d.Port, Refused: d.Refused, Count: d.Count, Sent: d.Sent, Received: d.Received})
	}
	return connections
}
