package azure

import (
	"context"
	"slices"
	"sync"

	"dynamic-sessions-mcp/sessions"
)

// queue runs the executions of each session one at a time, in the order of their
// calls, since it is not known whether the service does.
type queue struct {
	mu    sync.Mutex
	lines map[sessions.ID][]*ticket
}

// A ticket is a place in the queue of a session.
type ticket struct {
	turn chan struct{} // closed when all before it have left
}

func newQueue() *queue { return &queue{lines: map[sessions.ID][]*ticket{}} }

// join takes the last place of an ID's line. The caller must leave.
func (q *queue) join(id sessions.ID) *ticket {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := &ticket{turn: make(chan struct{})}
	q.lines[id] = append(q.lines[id], t)
	if len(q.lines[id]) == 1 {
		close(t.turn)
	}
	return t
}

// leave gives a place up, whether or not its turn had come.
func (q *queue) leave(id sessions.ID, t *ticket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	line := q.lines[id]
	at := slices.Index(line, t)
	line = slices.Delete(line, at, at+1)
	if len(line) == 0 {
		delete(q.lines, id)
		return
	}
	q.lines[id] = line
	if at == 0 {
		close(line[0].turn)
	}
}

// wait returns when it is t's turn, or with the error of ctx.
func (t *ticket) wait(ctx context.Context, events func(sessions.Event)) error {
	select {
	case <-t.turn:
		return ctx.Err()
	default:
	}
	if events != nil {
		events(sessions.Event{Kind: sessions.EventWaiting, Text: "waiting for earlier code of this session"})
	}
	select {
	case <-t.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
