package runs

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

// maxTail is how many bytes of the end of a run's output are kept for its last line.
const maxTail = 512

// An output collects what a run writes and shows, and remembers what was told of it.
type output struct {
	mu     sync.Mutex
	follow func(sessions.Event) // nil if nobody follows
	waits  string               // what the run waits for; "" once it has begun
	silent bool                 // nothing will be told before the end
	tail   string
	pieces []piece // not told yet
	late   []sessions.LateOutput
	told   told
}

// A piece is a text that was written to a stream, or a display.
type piece struct {
	source  sessions.Source
	text    string
	display sessions.Display
	place   int
}

// told is what parts have had: bytes of the streams, displays by their contents, and
// how often earlier runs were told of.
type told struct {
	stdout, stderr int
	late           int
	displays       map[[sha256.Size]byte]bool
}

// observe takes what a pool says about the run.
func (o *output) observe(e sessions.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.Kind == sessions.EventSilent {
		o.silent = true
		return
	}
	o.waits = ""
	switch e.Kind {
	case sessions.EventWaiting:
		o.waits = e.Text
	case sessions.EventStdout:
		o.write(piece{source: sessions.SourceStdout, text: e.Text})
	case sessions.EventStderr:
		o.write(piece{source: sessions.SourceStderr, text: e.Text})
	case sessions.EventDisplay:
		o.show(piece{source: sessions.SourceDisplay, display: e.Display, place: e.Place})
	case sessions.EventLate:
		o.late = append(o.late, e.Late)
	case sessions.EventClear:
		o.clear()
	}
	if o.follow != nil {
		o.follow(e)
	}
}

func (o *output) write(p piece) {
	o.pieces = append(o.pieces, p)
	text := p.text
	if len(text) < maxTail {
		text = o.tail + text
	}
	// The copy keeps the tail from holding on to all of a long text.
	o.tail = strings.Clone(text[max(0, len(text)-maxTail):])
}

// show adds a display, or replaces the one in its place if that was not told yet.
func (o *output) show(p piece) {
	for i := range o.pieces {
		if o.pieces[i].source == sessions.SourceDisplay && o.pieces[i].place == p.place {
			o.pieces[i] = p
			return
		}
	}
	o.pieces = append(o.pieces, p)
}

// clear forgets what was not told. The streams have it nevertheless.
func (o *output) clear() {
	for _, p := range o.pieces {
		o.told.count(p)
	}
	o.pieces = nil
}

// count adds a text to what was told of its stream.
func (t *told) count(p piece) {
	switch p.source {
	case sessions.SourceStdout:
		t.stdout += len(p.text)
	case sessions.SourceStderr:
		t.stderr += len(p.text)
	}
}

func (o *output) waitsFor() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.waits
}

func (o *output) isSilent() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.silent
}

func (o *output) end() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tail
}

// followBy has events told everything from now on, nobody if it is nil.
func (o *output) followBy(events func(sessions.Event)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if events != nil && o.tail != "" {
		events(sessions.Event{Kind: sessions.EventStdout, Text: o.tail})
	}
	o.follow = events
}

// part returns what was not told yet as the beginning of an outcome, and remembers that
// it is told.
func (o *output) part() *sessions.Execution {
	o.mu.Lock()
	defer o.mu.Unlock()
	var stdout, stderr strings.Builder
	x := &sessions.Execution{Status: sessions.Succeeded, Result: []byte(`""`), Late: o.late}
	o.told.late += len(o.late)
	o.late = nil
	for _, p := range o.pieces {
		o.told.count(p)
		out := sessions.Output{Source: p.source}
		switch p.source {
		case sessions.SourceDisplay:
			o.told.remember(p.display)
			out.Display = len(x.Displays)
			x.Displays = append(x.Displays, p.display)
		case sessions.SourceStdout:
			out.Start = stdout.Len()
			stdout.WriteString(p.text)
			out.End = stdout.Len()
		case sessions.SourceStderr:
			out.Start = stderr.Len()
			stderr.WriteString(p.text)
			out.End = stderr.Len()
		}
		x.Outputs = appendOutput(x.Outputs, out)
	}
	o.pieces = nil
	x.Stdout, x.Stderr = stdout.String(), stderr.String()
	return x
}

// appendOutput joins pieces of a stream that follow each other.
func appendOutput(outputs []sessions.Output, out sessions.Output) []sessions.Output {
	if n := len(outputs); n > 0 && out.Source != sessions.SourceDisplay && outputs[n-1].Source == out.Source {
		outputs[n-1].End = out.End
		return outputs
	}
	return append(outputs, out)
}

// rest returns an outcome without what parts have had.
func (o *output) rest(x *sessions.Execution) *sessions.Execution {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pieces = nil
	if o.told.stdout == 0 && o.told.stderr == 0 && o.told.late == 0 && o.told.displays == nil {
		return x
	}
	y := *x
	y.Late = x.Late[min(o.told.late, len(x.Late)):]
	stdout, stderr := cutAt(x.Stdout, o.told.stdout), cutAt(x.Stderr, o.told.stderr)
	y.Stdout, y.Stderr = x.Stdout[stdout:], x.Stderr[stderr:]
	places := make([]int, len(x.Displays))
	y.Displays = nil
	for i, d := range x.Displays {
		if places[i] = -1; !o.told.displays[sumOf(d)] {
			places[i] = len(y.Displays)
			y.Displays = append(y.Displays, d)
		}
	}
	if x.Outputs != nil {
		y.Outputs = restOf(x.Outputs, stdout, stderr, places)
	}
	return &y
}

// restOf returns the order of what is left.
func restOf(outputs []sessions.Output, stdout, stderr int, places []int) []sessions.Output {
	left := []sessions.Output{}
	for _, out := range outputs {
		cut := stdout
		switch out.Source {
		case sessions.SourceDisplay:
			if out.Display = places[out.Display]; out.Display >= 0 {
				left = append(left, out)
			}
			continue
		case sessions.SourceStderr:
			cut = stderr
		}
		if out.End > cut {
			out.Start, out.End = max(out.Start-cut, 0), out.End-cut
			left = append(left, out)
		}
	}
	return left
}

// cutAt is the offset n of a text, moved to the beginning of a character.
func cutAt(text string, n int) int {
	n = min(n, len(text))
	for n < len(text) && !utf8.RuneStart(text[n]) {
		n++
	}
	return n
}

func (t *told) remember(d sessions.Display) {
	if t.displays == nil {
		t.displays = map[[sha256.Size]byte]bool{}
	}
	t.displays[sumOf(d)] = true
}

// sumOf tells displays apart by what they hold.
func sumOf(d sessions.Display) (sum [sha256.Size]byte) {
	h := sha256.New()
	for _, kind := range slices.Sorted(maps.Keys(d.Data)) {
		one := sha256.Sum256(d.Data[kind])
		h.Write([]byte(kind))
		h.Write([]byte{0})
		h.Write(one[:])
	}
	copy(sum[:], h.Sum(nil))
	return sum
}
