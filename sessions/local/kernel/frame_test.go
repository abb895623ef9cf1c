package kernel

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
)

func encode(head, payload string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(head)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	return append(append(b, head...), payload...)
}

// FuzzExecution feeds an execution what a kernel might send. Whatever that is,
// the outcome is bounded and its text is valid.
func FuzzExecution(f *testing.F) {
	done := encode(`{"type":"done","seq":1,"status":"ok","stdout":[3,""],"stderr":[900000,"output/a"]}`, "")
	for _, frames := range [][]byte{
		encode(`{"type":"stream","seq":1,"name":"stdout"}`, "a\xe2\x82"),
		encode(`{"type":"tail","seq":1,"name":"stderr"}`, "\x82\xacz"),
		encode(`{"type":"display","seq":1,"id":"x","update":true,"parts":[["image/png",2],["text/plain",1]]}`, "abc"),
		encode(`{"type":"clear","seq":1,"wait":true}`, ""),
		append(encode(`{"type":"late_display","seq":1,"run":3,"parts":[["image/png",2]]}`, "ab"), encode(`{"type":"late","seq":1,"run":3,"total":3,"left_out":1}`, "abc")...),
		append(encode(`{"type":"stream","seq":1,"name":"stdout"}`, "a\xe2"), encode(`{"type":"stream","seq":1,"name":"stderr"}`, "\x82b")...),
		encode(`{"type":"result","seq":1,"json":2,"parts":[["text/plain",2]]}`, "4242"),
		encode(`{"type":"error","seq":1,"sizes":[1,1]}`, "ABC"),
		{0, 0, 0, 0, 255, 255, 255, 255},
		{0, 0, 0, 2, 3, 255, 255, 255, '{', '}'},
	} {
		f.Add(append(frames, done...))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		opts := Options{MaxOutput: 100, MaxDisplays: 3, MaxDisplayBytes: 100}
		c := &Conn{r: bufio.NewReader(bytes.NewReader(input)), out: outbox{w: io.Discard}, opts: opts}
		o, err := c.Execute("", func(e sessions.Event) {
			if !utf8.ValidString(e.Text) {
				t.Errorf("event %q", e.Text)
			}
		})
		if err != nil && !errors.Is(err, ErrDied) && !errors.Is(err, ErrProtocol) {
			t.Errorf("error %v", err)
		}
		if len(o.Displays) > 3 || len(o.Result) == 0 || len(o.Stdout) > 3*(100+maxTail)+200 || !utf8.ValidString(o.Stdout+o.Stderr+o.Text) {
			t.Errorf("%+v", o)
		}
		checkOrder(t, o)
		late := 0
		for _, l := range o.Late {
			late += len(l.Displays)
			if l.DisplaysDropped < 0 {
				t.Errorf("%+v", l)
			}
		}
		if late > maxLateDisplays {
			t.Errorf("%d displays of earlier executions", late)
		}
	})
}

// checkOrder checks that every part of an order is there, and that pieces follow each
// other.
func checkOrder(t *testing.T, o *Outcome) {
	t.Helper()
	at := map[sessions.Source]int{}
	for _, x := range o.Outputs {
		switch text := map[sessions.Source]string{sessions.SourceStdout: o.Stdout, sessions.SourceStderr: o.Stderr}[x.Source]; {
		case x.Source == sessions.SourceDisplay:
			if x.Display < 0 || x.Display >= len(o.Displays) {
				t.Errorf("there is no display %d", x.Display)
			}
		case x.Start < at[x.Source] || x.End < x.Start || x.End > len(text) || !utf8.ValidString(text[x.Start:x.End]):
			t.Errorf("a piece from %d to %d after %d of %q", x.Start, x.End, at[x.Source], text)
		default:
			at[x.Source] = x.End
		}
	}
	if len(o.Outputs) > maxPlaces+len(o.Displays) {
		t.Errorf("%d outputs", len(o.Outputs))
	}
}

// TestFrames checks how frames that are not right are told apart.
func TestFrames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		input string
		want  error
	}{
		"nothing":         {"", ErrDied},
		"half a head":     {"\x00\x00", ErrDied},
		"half a header":   {"\x00\x00\x00\x05\x00\x00\x00\x00{", ErrDied},
		"half a payload":  {"\x00\x00\x00\x02\x00\x00\x00\x05{}abc", ErrDied},
		"a long header":   {"\x00\x01\x00\x01\x00\x00\x00\x00", ErrProtocol},
		"a long payload":  {"\x00\x00\x00\x02\x04\x00\x00\x01{}", ErrProtocol},
		"no JSON":         {"\x00\x00\x00\x02\x00\x00\x00\x00{]", ErrProtocol},
		"a negative size": {string(encode(`{"type":"display","seq":1,"parts":[["a/b",-1]]}`, "")), ErrProtocol},
		"too few parts":   {string(encode(`{"type":"display","seq":1,"parts":[["a/b",1]]}`, "ab")), ErrProtocol},
		"an object":       {string(encode(`{"type":"result","seq":1,"json":2,"parts":[]}`, "{}")), ErrProtocol},
		"another seq":     {string(encode(`{"type":"stream","seq":2,"name":"stdout"}`, "a")), ErrProtocol},
		"another stream":  {string(encode(`{"type":"stream","seq":1,"name":"x"}`, "a")), ErrProtocol},
	} {
		conn := &Conn{r: bufio.NewReader(strings.NewReader(c.input)), out: outbox{w: io.Discard}, opts: Options{}}
		if _, err := conn.Execute("", nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConnectGivesUp(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Connect(ctx, r, io.Discard, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	old := bytes.NewReader(encode(`{"type":"ready","protocol":99}`, ""))
	if _, err := Connect(t.Context(), old, io.Discard, Options{}); !errors.Is(err, ErrProtocol) {
		t.Errorf("another version: %v", err)
	}
}
