package interpreter

import (
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/egress"
)

// outside returns what connects a new interpreter with what it may reach, nil if that is
// nothing.
func (in *Interpreter) outside() *egress.Client {
	if in.engine.opts.Egress == nil {
		return nil
	}
	return in.engine.opts.Egress.Client(&in.approvals)
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
