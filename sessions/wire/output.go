package wire

import (
	"maps"
	"slices"

	"dynamic-sessions-mcp/sessions"
)

// Output is the answer to GET /executions/{id}/output, which Azure does not have: what
// happened in an execution since the caller asked last, in order.
type Output struct {
	Events []OutputEvent `json:"events"`
	// Last is what the next call sends as after.
	Last int `json:"last"`
	// Running says that there will be more.
	Running bool `json:"running"`
}

// An OutputEvent is a [sessions.Event].
type OutputEvent struct {
	Kind    string               `json:"kind"`
	Text    string               `json:"text,omitempty"`
	Display map[string][]byte    `json:"display,omitempty"`
	Place   int                  `json:"place,omitempty"`
	Late    *sessions.LateOutput `json:"late,omitempty"`
}

// kinds are the kinds of events by their names.
func kinds() map[string]sessions.EventKind {
	return map[string]sessions.EventKind{
		"waiting": sessions.EventWaiting, "begun": sessions.EventBegun, "clear": sessions.EventClear,
		"stdout": sessions.EventStdout, "stderr": sessions.EventStderr,
		"display": sessions.EventDisplay, "late": sessions.EventLate,
	}
}

// OutputEventOf returns the form of an event on the wire, and false if it has none.
func OutputEventOf(e sessions.Event) (OutputEvent, bool) {
	out := OutputEvent{Text: e.Text, Display: e.Display.Data, Place: e.Place}
	if e.Kind == sessions.EventLate {
		out.Late = &e.Late
	}
	all := kinds()
	names := slices.Collect(maps.Keys(all))
	at := slices.IndexFunc(names, func(name string) bool { return all[name] == e.Kind })
	if at < 0 {
		return out, false
	}
	out.Kind = names[at]
	return out, true
}

// Event returns the event, and false for one of a kind that is not known.
func (o OutputEvent) Event() (sessions.Event, bool) {
	kind, ok := kinds()[o.Kind]
	e := sessions.Event{Kind: kind, Text: o.Text, Display: sessions.Display{Data: o.Display}, Place: o.Place}
	switch {
	case kind == sessions.EventLate && o.Late == nil, kind == sessions.EventDisplay && len(o.Display) == 0:
		return e, false
	case o.Late != nil:
		e.Late = *o.Late
	}
	return e, ok
}
