package rest

import (
	"context"
	"sync"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

// Bounds of the output of one execution that is kept until it is read, in bytes.
const (
	maxLog    = 16 << 20
	entryCost = 256      // of memory beside the bytes of an event
	maxAnswer = 1 << 20  // an answer may be longer by one event
	maxJoined = 64 << 10 // of a text that grows
)

// An outputLog keeps the events of an execution until its reader has them. When there is
// no memory for one, it keeps none that follows either: what is told has no holes. The
// methods may be called concurrently.
type outputLog struct {
	memory *budget.Account // of the execution

	mu      sync.Mutex
	kept    *budget.Account // what the entries take
	entries []entry         // not known to be read, in order
	last    int             // the number of the last event
	sent    int             // the number of the last event that an answer had
	held    int64
	full    bool
	over    bool
	changed chan struct{} // closed, and another, when there is something new
}

// An entry is an event by its number. The text of one that was not sent may grow.
type entry struct {
	number int
	event  sessions.Event
	text   []byte
	cost   int64
}

func newOutputLog(memory *budget.Account) *outputLog {
	return &outputLog{memory: memory, changed: make(chan struct{})}
}

// add takes an event.
func (l *outputLog) add(e sessions.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full || l.over {
		return
	}
	if l.kept == nil {
		l.kept = l.memory.Fork() // now that the pool has named the holders
	}
	if e.Kind == sessions.EventClear {
		l.dropDisplays()
	}
	if e.Kind == sessions.EventDisplay && l.replace(e) {
		return
	}
	if !l.join(e) {
		l.append(e)
	}
}

// append adds an event, if there is memory for it.
func (l *outputLog) append(e sessions.Event) {
	cost := costOf(e)
	if l.held+cost > maxLog || !l.kept.Take(cost) {
		l.full = true
		return
	}
	l.held += cost
	l.last++
	text := []byte(e.Text)
	e.Text = ""
	l.entries = append(l.entries, entry{number: l.last, event: e, text: text, cost: cost})
	l.wake()
}

// costOf is what an event takes.
func costOf(e sessions.Event) int64 {
	cost := int64(entryCost + len(e.Text) + len(e.Late.Text))
	for _, d := range append(e.Late.Displays[:len(e.Late.Displays):len(e.Late.Displays)], e.Display) {
		for kind, form := range d.Data {
			cost += int64(len(kind) + len(form))
		}
	}
	return cost
}

// join makes an event part of the last one, if that is of the same stream, or says what
// else was waited for, and nobody has it.
func (l *outputLog) join(e sessions.Event) bool {
	n := len(l.entries) - 1
	if n < 0 || l.entries[n].number <= l.sent || l.entries[n].event.Kind != e.Kind {
		return false
	}
	switch {
	case e.Kind == sessions.EventWaiting:
		l.entries[n].text = []byte(e.Text)
		return true
	case e.Kind != sessions.EventStdout && e.Kind != sessions.EventStderr, len(l.entries[n].text)+len(e.Text) > maxJoined:
		return false
	}
	cost := int64(len(e.Text))
	if l.held+cost > maxLog || !l.kept.Take(cost) {
		l.full = true
		return true
	}
	l.held += cost
	l.entries[n].cost += cost
	l.entries[n].text = append(l.entries[n].text, e.Text...)
	return true
}

// replace puts a display in the place of the one that it replaces, if nobody has that.
func (l *outputLog) replace(e sessions.Event) bool {
	for i := range l.entries {
		there := &l.entries[i]
		if there.number <= l.sent || there.event.Kind != sessions.EventDisplay || there.event.Place != e.Place {
			continue
		}
		l.release(there.cost)
		cost := costOf(e)
		if there.event, there.cost = e, cost; l.held+cost > maxLog || !l.kept.Take(cost) {
			l.entries, l.full = l.entries[:i], true // what follows would leave a hole
			return true
		}
		l.held += cost
		return true
	}
	return false
}

// dropDisplays forgets displays that nobody has.
func (l *outputLog) dropDisplays() {
	kept := l.entries[:0]
	for _, one := range l.entries {
		if one.number > l.sent && one.event.Kind == sessions.EventDisplay {
			l.release(one.cost)
			continue
		}
		kept = append(kept, one)
	}
	clear(l.entries[len(kept):])
	l.entries = kept
}

func (l *outputLog) release(cost int64) {
	l.held -= cost
	l.kept.Give(cost)
}

func (l *outputLog) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// end says that nothing follows.
func (l *outputLog) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.kept.Close()
	l.wake()
}

// has reports whether an event of a number has happened; 0 is before the first.
func (l *outputLog) has(number int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return number <= l.last
}

// read forgets the events up to a number, since the reader has them, and returns those
// that follow. If there are none it waits until there are, the execution ends or ctx does.
func (l *outputLog) read(ctx context.Context, after int) wire.Output {
	for {
		answer, changed := l.take(after)
		if len(answer.Events) > 0 || !answer.Running {
			return answer
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return answer
		}
	}
}

// take is read without waiting.
func (l *outputLog) take(after int) (answer wire.Output, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.entries) > 0 && l.entries[0].number <= after {
		l.release(l.entries[0].cost)
		l.entries[0] = entry{}
		l.entries = l.entries[1:]
	}
	answer = wire.Output{Events: []wire.OutputEvent{}, Last: after, Running: !l.over}
	var size int64
	for _, one := range l.entries {
		if size += one.cost; size > maxAnswer && len(answer.Events) > 0 {
			answer.Running = true
			break
		}
		one.event.Text = string(one.text)
		if e, ok := wire.OutputEventOf(one.event); ok {
			answer.Events = append(answer.Events, e)
		}
		answer.Last = one.number
	}
	l.sent = max(l.sent, answer.Last)
	return answer, l.changed
}
