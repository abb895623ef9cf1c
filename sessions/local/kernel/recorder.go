package kernel

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// A recorder makes an Outcome from the frames of one execution. It takes memory
// from the account before it keeps anything.
type recorder struct {
	opts           Options
	events         func(sessions.Event) // nil if nobody listens
	memory         *budget.Account
	texts          texts
	stdout, stderr stream
	displays       displays
	order          order
	shownLate      lateDisplays
	clearing       bool             // the next output replaces what there is
	value          sessions.Display // the last expression's, if it has other forms than text
	outcome        Outcome
}

func newRecorder(opts Options, events func(sessions.Event), memory *budget.Account) *recorder {
	rec := &recorder{
		opts:     opts,
		events:   events,
		memory:   memory,
		texts:    texts{memory: memory},
		displays: displays{maxCount: opts.MaxDisplays, maxBytes: opts.MaxDisplayBytes, memory: memory},
		order:    order{memory: memory},
		outcome:  Outcome{Result: noResult},
	}
	rec.stdout = newStream("stdout", sessions.EventStdout, opts.MaxOutput, &rec.texts, events)
	rec.stderr = newStream("stderr", sessions.EventStderr, opts.MaxOutput, &rec.texts, events)
	return rec
}

// record records a frame and reports whether it was the last.
func (rec *recorder) record(h *header, p *payload) (done bool, err error) {
	switch h.Type {
	case "stream", "tail":
		err = rec.output(h, p)
	case "display":
		err = rec.display(h, p)
	case "clear":
		if rec.clearing = true; !h.Wait {
			rec.clear()
		}
	case "late":
		err = rec.late(h, p)
	case "late_display":
		err = rec.lateDisplay(h, p)
	case "result":
		err = rec.result(h, p)
	case "error":
		err = rec.error(h, p)
	case "done":
		done, err = true, rec.done(h)
	default:
		err = fmt.Errorf("%w: a frame of unknown type", ErrProtocol)
	}
	if err != nil {
		return done, err
	}
	return done, p.end()
}

func (rec *recorder) output(h *header, p *payload) error {
	s, source := &rec.stdout, sessions.SourceStdout
	switch h.Name {
	case rec.stdout.name:
	case rec.stderr.name:
		s, source = &rec.stderr, sessions.SourceStderr
	default:
		return fmt.Errorf("%w: output of an unknown stream", ErrProtocol)
	}
	if h.Type == "tail" {
		return s.end(p)
	}
	rec.clear()
	start := len(s.head)
	err := p.each(s.write)
	rec.order.write(source, start, len(s.head))
	return err
}

// clear forgets what was shown so far, if that was asked for. Azure's answer has no
// place for that: the texts of the streams stay.
func (rec *recorder) clear() {
	if rec.clearing {
		rec.clearing = false
		rec.displays.clearAll()
		rec.order.clear()
		rec.tell(sessions.Event{Kind: sessions.EventClear})
	}
}

func (rec *recorder) display(h *header, p *payload) error {
	id := ""
	if h.ID != nil {
		id = *h.ID
	}
	if !h.Update || !rec.displays.knows(id) {
		rec.clear()
	}
	place, added, err := rec.displays.add(id, h.Update, h.Parts, p)
	if added {
		rec.order.show(place)
	}
	if place >= 0 {
		rec.tell(sessions.Event{Kind: sessions.EventDisplay, Display: rec.displays.list[place], Place: place})
	}
	return err
}

func (rec *recorder) tell(e sessions.Event) {
	if rec.events != nil {
		rec.events(e)
	}
}

func (rec *recorder) result(h *header, p *payload) error {
	if h.JSON < 0 || h.JSON > maxValue || h.JSON > p.left {
		return fmt.Errorf("%w: a value is larger than its frame or than a value may be", ErrProtocol)
	}
	if len(h.Parts.list) > 0 {
		rec.clear()
	}
	rec.outcome.Result = noResult
	if h.JSON > freeText && !rec.texts.take(h.JSON) {
		if err := p.skip(h.JSON); err != nil {
			return err
		}
	} else {
		value, err := p.next(h.JSON)
		if err != nil {
			return err
		}
		if !scalar(value) {
			return fmt.Errorf("%w: a value is not a JSON scalar", ErrProtocol)
		}
		rec.outcome.Result = value
	}
	return rec.valueDisplay(h.Parts, p)
}

// valueDisplay reads the forms of the last expression's value.
func (rec *recorder) valueDisplay(forms parts, p *payload) error {
	kinds, l, err := forms.weigh(p.left)
	if err != nil {
		return err
	}
	rec.memory.Give(costOf(rec.value).memory)
	rec.value, rec.outcome.Text = sessions.Display{}, ""
	text := rec.keepsText(forms, kinds)
	if l.bytes > rec.opts.MaxDisplayBytes || !rec.memory.Take(l.memory) {
		rec.texts.short = rec.texts.short || l.bytes <= rec.opts.MaxDisplayBytes
		rec.displays.dropped++
		kinds = only(kinds, text)
	}
	d, err := forms.read(p, kinds)
	if err != nil {
		return err
	}
	_, plain := d.Data[mimeText]
	if text >= 0 {
		rec.outcome.Text = validUTF8(d.Data[mimeText])
	}
	if len(d.Data) > 1 || len(d.Data) == 1 && !plain {
		rec.value = d
	} else {
		rec.memory.Give(costOf(d).memory)
	}
	return p.skip(p.left)
}

// keepsText returns the index of the part that is plain text and may be kept, or -1.
func (rec *recorder) keepsText(forms parts, kinds []string) int {
	i := slices.Index(kinds, mimeText)
	if i < 0 {
		return i
	}
	if size := forms.list[i].size; size > freeText && (size > maxValue || !rec.texts.take(size)) {
		return -1
	}
	return i
}

// only returns the kinds without all but the one at index i.
func only(kinds []string, i int) []string {
	left := make([]string, len(kinds))
	if i >= 0 {
		left[i] = kinds[i]
	}
	return left
}

// scalar reports whether b is one JSON value that contains no others.
func scalar(b []byte) bool {
	return len(b) > 0 && b[0] != '{' && b[0] != '[' && b[0] > ' ' && utf8.Valid(b) && json.Valid(b)
}

func (rec *recorder) error(h *header, p *payload) error {
	name, message := h.Sizes[0], h.Sizes[1]
	if name < 0 || message < 0 || name > maxName || message > maxMessage || name+message > p.left || p.left-name-message > maxTraceback {
		return fmt.Errorf("%w: an error is larger than its frame or than an error may be", ErrProtocol)
	}
	trace := p.left - name - message
	if most := freeText / 2; message+trace > most && !rec.texts.take(message+trace) {
		message, trace = min(message, most), min(trace, most)
	}
	text := make([]string, 3)
	for i, part := range []struct{ skip, take int }{
		{0, name}, {0, message}, {p.left - name - message - trace, trace}, // the end of a traceback says most
	} {
		if err := p.skip(part.skip); err != nil {
			return err
		}
		b, err := p.next(part.take)
		if err != nil {
			return err
		}
		text[i] = validUTF8(b)
	}
	rec.outcome.Error = &sessions.PythonError{Name: text[0], Message: text[1], Traceback: text[2]}
	return nil
}

func (rec *recorder) done(h *header) error {
	switch h.Status {
	case "ok":
		if h.Exit < 0 || h.Exit > maxExit {
			return fmt.Errorf("%w: no program ends with %d", ErrProtocol, h.Exit)
		}
		rec.outcome.ExitCode = h.Exit
		rec.outcome.Error = nil
		rec.outcome.Interrupted = h.Interrupted
	case "error", "interrupted":
		if rec.outcome.Error == nil {
			return fmt.Errorf("%w: a failure without an error", ErrProtocol)
		}
		rec.outcome.Interrupted = h.Status == "interrupted"
		rec.memory.Give(costOf(rec.value).memory)
		rec.outcome.Result, rec.outcome.Text, rec.value = noResult, "", sessions.Display{}
	default:
		return fmt.Errorf("%w: an unknown status", ErrProtocol)
	}
	rec.outcome.Variables = h.Contents.variables()
	rec.stdout.done(h.Stdout)
	rec.stderr.done(h.Stderr)
	return nil
}

// finish returns the outcome. It is called once.
func (rec *recorder) finish() *Outcome {
	o := &rec.outcome
	if rec.value.Data != nil && rec.displays.addReserved(rec.value) {
		rec.order.show(len(rec.displays.list) - 1)
	}
	var indexes []int
	o.Displays, indexes = rec.displays.visible()
	o.DisplaysDropped = rec.displays.dropped
	if o.Error == nil {
		rec.picture()
	}
	stdout := rec.text(&rec.stdout, sessions.SourceStdout, &o.Stdout)
	stderr := rec.text(&rec.stderr, sessions.SourceStderr, &o.Stderr)
	o.Outputs = rec.order.outputs(stdout, stderr, indexes)
	o.ShortOfMemory = rec.texts.short || rec.displays.short
	return o
}

// text adds the text of a stream to the outcome, and returns where its pieces begin.
func (rec *recorder) text(s *stream, source sessions.Source, into *string) []int {
	text, cuts, cut := s.text(rec.order.cuts(source))
	*into = text
	if cut != nil {
		rec.outcome.Truncated = append(rec.outcome.Truncated, *cut)
	}
	return cuts
}

// picture makes the last picture the result, as Azure does.
func (rec *recorder) picture() {
	png := lastPicture(rec.outcome.Displays)
	switch {
	case png == nil:
	case rec.memory.Take(int64(imageSize(png))):
		rec.outcome.Result = image(png)
	default:
		rec.displays.short = true
	}
}

func validUTF8(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
