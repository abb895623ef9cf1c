package render

import (
	"context"
	"fmt"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/fold"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/terminal"
)

// collect puts what the run showed into parts, in order: the result and the error
// come last.
func (a *answer) collect(ctx context.Context) {
	a.late(ctx)
	outputs := orderOf(a.run, a.asJSON)
	texts := a.streamTexts(outputs)
	for i, o := range outputs {
		if o.Source == sessions.SourceDisplay {
			a.display(ctx, o.Display)
		} else {
			a.add(string(o.Source), texts[i])
		}
	}
	if !a.resultShown || a.asJSON {
		a.add("result", a.run.Text)
	}
	a.add("error", errorText(a.run.Error))
}

// late puts what earlier runs wrote and showed after their end before everything else.
func (a *answer) late(ctx context.Context) {
	for _, late := range a.run.Late {
		label := "output of earlier code, after its end"
		if late.Number > 0 {
			label = fmt.Sprintf("output of run %d, after its end", late.Number)
		}
		text := strings.Join(terminal.Show(late.Text), "")
		if left := late.Total - int64(len(late.Text)); left > 0 && strings.TrimSpace(text) != "" {
			text = fmt.Sprintf("[… %s before this left out …]\n", prose.Size(left)) + text
		}
		a.add(label, text)
		a.lateDisplays(ctx, label, late)
	}
}

// lateDisplays adds what an earlier run showed, under a label that says how much that is:
// a picture has none of its own.
func (a *answer) lateDisplays(ctx context.Context, label string, late sessions.LateOutput) {
	if late.DisplaysDropped > 0 {
		a.add(label, "["+prose.Count(late.DisplaysDropped, "picture", "pictures")+" before the next left out]\n")
	}
	for i, d := range late.Displays {
		text := string(d.Data[sessions.MIMESummary])
		if text == "" {
			text = fmt.Sprintf("[picture %d of %d]", i+1, len(late.Displays))
		}
		a.add(label, text+"\n")
		a.latePictures++
		a.picture(ctx, "late picture", a.latePictures, d)
	}
}

func errorText(e *sessions.PythonError) string {
	switch {
	case e == nil:
		return ""
	case e.Traceback != "":
		return e.Traceback
	}
	return e.Name + ": " + e.Message
}

// add adds a text, unless nothing is to be seen of it. What follows a text of the same
// label continues it.
func (a *answer) add(label, text string) {
	text = prose.Clean(text)
	if last := len(a.parts) - 1; last >= 0 && a.parts[last].picture == nil && a.parts[last].label == label {
		a.parts[last].text += text
	} else if strings.TrimSpace(text) != "" || a.asJSON && text != "" {
		a.parts = append(a.parts, part{label: label, text: text})
	}
}

// streamTexts returns, for each output that is a piece of a stream, what of it a
// terminal shows in the end, without warnings that came before.
func (a *answer) streamTexts(outputs []sessions.Output) []string {
	texts := make([]string, len(outputs))
	for _, source := range []sessions.Source{sessions.SourceStdout, sessions.SourceStderr} {
		var pieces []string
		for _, o := range outputs {
			if o.Source == source {
				pieces = append(pieces, a.stream(source)[o.Start:o.End])
			}
		}
		pieces = terminal.Show(pieces...)
		if source == sessions.SourceStderr && !a.asJSON {
			pieces = fold.Warnings(pieces)
		}
		for i, o := range outputs {
			if o.Source == source {
				texts[i], pieces = pieces[0], pieces[1:]
			}
		}
	}
	return texts
}

// stream is all that the program wrote to a stream.
func (a *answer) stream(source sessions.Source) string {
	if source == sessions.SourceStdout {
		return a.run.Stdout
	}
	return a.run.Stderr
}

// orderOf returns the order of what a run showed, in which every display is, and no
// piece that is not there. If the order is not known, or is not to be used, the streams
// come first.
func orderOf(run *sessions.Execution, simple bool) []sessions.Output {
	given := run.Outputs
	if given == nil || simple {
		given = []sessions.Output{{Source: sessions.SourceStdout}, {Source: sessions.SourceStderr}}
	}
	o := ordering{shown: make([]bool, len(run.Displays)), streams: map[sessions.Source]*cursor{
		sessions.SourceStdout: {size: len(run.Stdout), last: -1},
		sessions.SourceStderr: {size: len(run.Stderr), last: -1},
	}}
	for _, x := range given {
		if x.Source == sessions.SourceDisplay {
			o.display(x.Display)
		} else if c := o.streams[x.Source]; c != nil {
			o.piece(c, x)
		}
	}
	for i := range run.Displays {
		o.display(i)
	}
	for _, c := range o.streams {
		if c.last >= 0 {
			o.outputs[c.last].End = c.size
		}
	}
	return o.outputs
}

// An ordering is an order that is checked: a pool may be any program.
type ordering struct {
	outputs []sessions.Output
	shown   []bool // by display
	streams map[sessions.Source]*cursor
}

// A cursor is how far a stream is shown.
type cursor struct{ size, at, last int }

func (o *ordering) display(i int) {
	if i >= 0 && i < len(o.shown) && !o.shown[i] {
		o.shown[i] = true
		o.outputs = append(o.outputs, sessions.Output{Source: sessions.SourceDisplay, Display: i})
	}
}

// piece adds a piece of a stream, which continues the one before.
func (o *ordering) piece(c *cursor, x sessions.Output) {
	if c.last < 0 {
		c.at = min(max(x.Start, 0), c.size)
	}
	x.Start, x.End = c.at, min(max(x.End, c.at), c.size)
	c.at, c.last = x.End, len(o.outputs)
	o.outputs = append(o.outputs, x)
}
