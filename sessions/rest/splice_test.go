package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

// What is spliced is what encoding/json writes of the whole.
func TestSplice(t *testing.T) {
	t.Parallel()
	long := func(n int) []byte { return bytes.Repeat([]byte{0, 'a', '"', 0xff}, n/4+1)[:n] }
	picture := json.RawMessage(`{"type":"image","format":"png","base64_data":"` + strings.Repeat("A", bigValue) + `"}`)
	for name, x := range map[string]sessions.Execution{
		"small":         {Status: sessions.Succeeded, Stdout: "a", Result: json.RawMessage(`1`), Displays: []sessions.Display{{Data: map[string][]byte{"a/b": []byte("c")}}}},
		"large result":  {Status: sessions.Succeeded, Result: picture},
		"large display": {Status: sessions.Succeeded, Result: json.RawMessage(`""`), Displays: []sessions.Display{{Data: map[string][]byte{"a/b": long(bigValue), "c/d": long(bigValue + 1), "e/f": nil}}, {}}},
		"both": {Status: sessions.Succeeded, Stdout: strings.Repeat("x", 3*bigValue), Result: picture, Displays: []sessions.Display{
			{Data: map[string][]byte{"a/b": long(bigValue + 2)}}, {Data: map[string][]byte{"a/b": long(5 * bigValue)}}}},
	} {
		p := program{}
		plain := wire.Execution{ID: "op", Identifier: "id", Status: wire.StatusSucceeded, Details: wire.DetailsOf(&x),
			Result: &wire.ExecutionResult{Stdout: x.Stdout, Stderr: x.Stderr, ExecutionResult: x.Result}}
		want, err := marshal(wire.Numbered(plain))
		if err != nil {
			t.Fatal(err)
		}
		var s splice
		if err := s.encode(flatExecution("op", "id", p, &x, wire.DetailsOf(&x), &s)); err != nil {
			t.Fatal(err)
		}
		got := s.body()
		if int64(len(got)) != s.size() || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, announced %d, want %d", name, len(got), s.size(), len(want))
		}
		var back wire.Execution
		if err := json.Unmarshal(got, &back); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if again := wire.DetailsOf(&x); len(again.Displays) != len(back.Details.Displays) || name == "both" && !reflect.DeepEqual(again.Displays, back.Details.Displays) {
			t.Errorf("%s: other displays", name)
		}
		broken := errors.New("gone")
		if err := s.writeTo(failing{broken}); !errors.Is(err, broken) {
			t.Errorf("%s: a client that is gone: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Texts that take six times the memory as JSON are cut where there is none.
func TestTextsFitAsJSON(t *testing.T) {
	t.Parallel()
	x := &sessions.Execution{Stdout: strings.Repeat("\x00", 1<<20), Stderr: "short", Error: &sessions.PythonError{Name: "E", Traceback: strings.Repeat("\x01", 1<<20)}}
	memory := budget.New(8 << 20)
	ctx := budget.WithAccount(t.Context(), memory.Open("ada"))
	cut := fitted(ctx, x)
	if !cut.ShortOfMemory || len(cut.Stdout) > 10<<10 || len(cut.Error.Traceback) > 10<<10 || cut.Stderr != "short" || cut.Error.Name != "E" ||
		!strings.Contains(cut.Stdout, "bytes left out, since the server is short of memory") {
		t.Errorf("cut to %d and %d bytes, short of memory %t", len(cut.Stdout), len(cut.Error.Traceback), cut.ShortOfMemory)
	}
	if len(x.Stdout) != 1<<20 || len(x.Error.Traceback) != 1<<20 {
		t.Error("the execution itself was changed")
	}
	roomy := budget.WithAccount(t.Context(), budget.New(1<<30).Open("ada"))
	if fitted(roomy, x) != x || budget.FromContext(roomy).Held() < 40<<20 {
		t.Errorf("with room: %d bytes were taken", budget.FromContext(roomy).Held())
	}
}
