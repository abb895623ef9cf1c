package runs

import (
	"reflect"
	"slices"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

func written(kind sessions.EventKind, text string) sessions.Event {
	return sessions.Event{Kind: kind, Text: text}
}

func shown(place int, text string) sessions.Event {
	return sessions.Event{Kind: sessions.EventDisplay, Place: place, Display: display(text)}
}

func display(text string) sessions.Display {
	return sessions.Display{Data: map[string][]byte{"text/plain": []byte(text)}}
}

// TestParts: texts and displays are told once, in order; a display that changes is told
// again, and one that changes before it was told only in the end.
func TestParts(t *testing.T) {
	t.Parallel()
	var o output
	tell := func(events ...sessions.Event) *sessions.Execution {
		for _, e := range events {
			o.observe(e)
		}
		return o.part()
	}
	x := tell(written(sessions.EventStdout, "a"), written(sessions.EventStdout, "b"), shown(0, "0 %"), written(sessions.EventStderr, "!"), shown(0, "10 %"), written(sessions.EventStdout, "c"))
	if x.Stdout != "abc" || x.Stderr != "!" || len(x.Displays) != 1 || string(x.Displays[0].Data["text/plain"]) != "10 %" {
		t.Errorf("first: %+v", x)
	}
	want := []sessions.Output{
		{Source: sessions.SourceStdout, End: 2}, {Source: sessions.SourceDisplay},
		{Source: sessions.SourceStderr, End: 1}, {Source: sessions.SourceStdout, Start: 2, End: 3},
	}
	if !slices.Equal(x.Outputs, want) {
		t.Errorf("order: %+v", x.Outputs)
	}
	if x := tell(shown(0, "20 %"), shown(1, "figure")); len(x.Displays) != 2 {
		t.Errorf("second: %+v", x)
	}
	o.observe(written(sessions.EventStdout, "dé"))
	whole := &sessions.Execution{
		Stdout: "abcdé", Stderr: "!", Displays: []sessions.Display{display("100 %"), display("figure"), display("value")},
		Outputs: []sessions.Output{
			{Source: sessions.SourceStdout, End: 2}, {Source: sessions.SourceDisplay}, {Source: sessions.SourceStderr, End: 1},
			{Source: sessions.SourceStdout, Start: 2, End: 6}, {Source: sessions.SourceDisplay, Display: 1}, {Source: sessions.SourceDisplay, Display: 2},
		},
	}
	rest := o.rest(whole)
	want = []sessions.Output{{Source: sessions.SourceDisplay}, {Source: sessions.SourceStdout, End: 3}, {Source: sessions.SourceDisplay, Display: 1}}
	if rest.Stdout != "dé" || rest.Stderr != "" || len(rest.Displays) != 2 || !slices.Equal(rest.Outputs, want) {
		t.Errorf("rest: %+v", rest)
	}
	if len(whole.Displays) != 3 || whole.Outputs[1].Display != 0 {
		t.Error("the outcome itself was changed")
	}
}

// TestCleared: what was cleared before it was told is not told, and the streams of the
// outcome, which have it, are cut behind it.
func TestCleared(t *testing.T) {
	t.Parallel()
	var o output
	o.observe(written(sessions.EventStdout, "1 %"))
	o.observe(shown(0, "old"))
	o.observe(sessions.Event{Kind: sessions.EventClear})
	o.observe(written(sessions.EventStdout, "2 %"))
	if x := o.part(); x.Stdout != "2 %" || len(x.Displays) != 0 {
		t.Errorf("part: %+v", x)
	}
	if x := o.rest(&sessions.Execution{Stdout: "1 %2 %3 %", Outputs: []sessions.Output{{Source: sessions.SourceStdout, Start: 6, End: 9}}}); x.Stdout != "3 %" || x.Outputs[0].End != 3 {
		t.Errorf("rest: %+v", x)
	}
}

// FuzzRest: whatever was told, what is left are valid places in its texts.
func FuzzRest(f *testing.F) {
	f.Add("abc", "é!", "ab\xff", 2, 3)
	f.Fuzz(func(t *testing.T, stdout, stderr, toldText string, a, b int) {
		var o output
		o.observe(written(sessions.EventStdout, toldText))
		o.observe(written(sessions.EventStderr, toldText))
		o.part()
		a, b = max(0, min(a, len(stdout))), max(0, min(b, len(stdout)))
		x := o.rest(&sessions.Execution{Stdout: stdout, Stderr: stderr, Outputs: []sessions.Output{
			{Source: sessions.SourceStdout, End: min(a, b)}, {Source: sessions.SourceStderr, End: len(stderr)}, {Source: sessions.SourceStdout, Start: min(a, b), End: len(stdout)},
		}})
		for _, out := range x.Outputs {
			text := x.Stdout
			if out.Source == sessions.SourceStderr {
				text = x.Stderr
			}
			_ = text[out.Start:out.End]
		}
	})
}

// TestLate: what earlier runs wrote is told once.
func TestLate(t *testing.T) {
	t.Parallel()
	var o output
	first, second := sessions.LateOutput{Number: 1, Text: "a", Total: 1}, sessions.LateOutput{Number: 2, Text: "b", Total: 1}
	o.observe(sessions.Event{Kind: sessions.EventLate, Late: first})
	if x := o.part(); !reflect.DeepEqual(x.Late, []sessions.LateOutput{first}) {
		t.Errorf("a part: %+v", x.Late)
	}
	o.observe(sessions.Event{Kind: sessions.EventLate, Late: second})
	if x := o.rest(&sessions.Execution{Late: []sessions.LateOutput{first, second}}); !reflect.DeepEqual(x.Late, []sessions.LateOutput{second}) {
		t.Errorf("the rest: %+v", x.Late)
	}
}
