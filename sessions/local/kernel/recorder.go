package kernel

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

// A recorder makes an Outcome of the frames of one execution.
type recorder struct {
	opts           Options
	stdout, stderr stream
	displays       gallery
	value          sessions.Display // the last expression's, if it has a richer form than text
	outcome        Outcome
}

func newRecorder(opts Options, events func(sessions.Event)) *recorder {
	return &recorder{
		opts:     opts,
		stdout:   stream{name: "stdout", kind: sessions.EventStdout, limit: opts.MaxOutput, events: events},
		stderr:   stream{name: "stderr", kind: sessions.EventStderr, limit: opts.MaxOutput, events: events},
		displays: gallery{maxCount: opts.MaxDisplays, maxBytes: opts.MaxDisplayBytes},
		outcome:  Outcome{Result: noResult},
	}
}

// take records a frame and reports whether it was the last.
func (rec *recorder) take(h *header, payload []byte) (done bool, err error) {
	switch h.Type {
	case "stream", "tail":
		return false, rec.output(h, payload)
	case "display":
		return false, rec.display(h, payload)
	case "result":
		return false, rec.result(h, payload)
	case "error":
		return false, rec.error(h, payload)
	case "done":
		return true, rec.done(h)
	}
	return false, fmt.Errorf("%w: a frame of unknown type", ErrProtocol)
}

func (rec *recorder) output(h *header, payload []byte) error {
	s := &rec.stdout
	switch h.Name {
	case rec.stdout.name:
	case rec.stderr.name:
		s = &rec.stderr
	default:
		return fmt.Errorf("%w: output of an unknown stream", ErrProtocol)
	}
	if h.Type == "tail" {
		s.end(payload)
	} else {
		s.write(payload)
	}
	return nil
}

func (rec *recorder) display(h *header, payload []byte) error {
	forms, err := split(h.Parts, payload)
	if err != nil {
		return err
	}
	id := ""
	if h.ID != nil {
		id = *h.ID
	}
	rec.displays.add(id, h.Update, display(h.Parts, forms))
	return nil
}

func (rec *recorder) result(h *header, payload []byte) error {
	if h.JSON < 0 || h.JSON > len(payload) {
		return fmt.Errorf("%w: a value is larger than its frame", ErrProtocol)
	}
	value := payload[:h.JSON:h.JSON]
	if !scalar(value) {
		return fmt.Errorf("%w: a value is not a JSON scalar", ErrProtocol)
	}
	forms, err := split(h.Parts, payload[h.JSON:])
	if err != nil {
		return err
	}
	d := display(h.Parts, forms)
	rec.outcome.Result = value
	rec.outcome.Text = valid(d.Data[mimeText])
	if _, plain := d.Data[mimeText]; len(d.Data) > 1 || len(d.Data) == 1 && !plain {
		rec.value = d
	}
	return nil
}

// scalar reports whether b is one JSON value that holds no others.
func scalar(b []byte) bool {
	return len(b) > 0 && b[0] != '{' && b[0] != '[' && b[0] > ' ' && utf8.Valid(b) && json.Valid(b)
}

func (rec *recorder) error(h *header, payload []byte) error {
	name, message := h.Sizes[0], h.Sizes[1]
	if name < 0 || message < 0 || name > len(payload) || message > len(payload)-name {
		return fmt.Errorf("%w: an error is larger than its frame", ErrProtocol)
	}
	rec.outcome.Error = &sessions.PythonError{
		Name:      valid(payload[:name]),
		Message:   valid(payload[name : name+message]),
		Traceback: valid(payload[name+message:]),
	}
	return nil
}

func (rec *recorder) done(h *header) error {
	switch h.Status {
	case "ok":
		rec.outcome.Error = nil
		rec.outcome.Interrupted = h.Interrupted
	case "error", "interrupted":
		if rec.outcome.Error == nil {
			return fmt.Errorf("%w: a failure without an error", ErrProtocol)
		}
		rec.outcome.Interrupted = h.Status == "interrupted"
		rec.outcome.Result, rec.outcome.Text, rec.value = noResult, "", sessions.Display{}
	default:
		return fmt.Errorf("%w: an unknown status", ErrProtocol)
	}
	rec.stdout.done(h.Stdout)
	rec.stderr.done(h.Stderr)
	return nil
}

// finish returns the outcome. It is called once.
func (rec *recorder) finish() *Outcome {
	o := &rec.outcome
	if rec.value.Data != nil {
		rec.displays.add("", false, rec.value)
	}
	o.Displays, o.DisplaysDropped = rec.displays.shown(), rec.displays.dropped
	if o.Error == nil {
		if picture := image(o.Displays); picture != nil {
			o.Result = picture
		}
	}
	for _, s := range []*stream{&rec.stdout, &rec.stderr} {
		text, cut := s.text()
		if s == &rec.stdout {
			o.Stdout = text
		} else {
			o.Stderr = text
		}
		if cut != nil {
			o.Truncated = append(o.Truncated, *cut)
		}
	}
	return o
}

func valid(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
