package stdio

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
)

func TestWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, line, id string
		code           int
	}{
		{"text", `hello`, "null", mcp.PARSE_ERROR},
		{"half a message", `{"jsonrpc":"2.0","id":1,`, "null", mcp.PARSE_ERROR},
		{"two on a line", `{"jsonrpc":"2.0","id":1,"method":"ping"} {}`, "null", mcp.PARSE_ERROR},
		{"NUL", "\x00", "null", mcp.PARSE_ERROR},
		{"NUL in a string", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"pi\x00ng\"}", "null", mcp.PARSE_ERROR},
		{"not UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"a\":\"\xff\"}}", "1", mcp.PARSE_ERROR},
		{"batch", `[{"jsonrpc":"2.0","id":1,"method":"ping"}]`, "null", mcp.INVALID_REQUEST},
		{"number", `7`, "null", mcp.INVALID_REQUEST},
		{"null", `null`, "null", mcp.INVALID_REQUEST},
		{"no method", `{"jsonrpc":"2.0","id":1}`, "1", mcp.INVALID_REQUEST},
		{"method is a number", `{"jsonrpc":"2.0","id":1,"method":5}`, "1", mcp.INVALID_REQUEST},
		{"method is null", `{"jsonrpc":"2.0","id":1,"method":null}`, "1", mcp.INVALID_REQUEST},
		{"old version", `{"jsonrpc":"1.0","id":1,"method":"ping"}`, "1", mcp.INVALID_REQUEST},
		{"no version", `{"id":"x","method":"ping"}`, `"x"`, mcp.INVALID_REQUEST},
		{"id is null", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, "null", mcp.INVALID_REQUEST},
		{"id is an object", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, "null", mcp.INVALID_REQUEST},
		{"id is true", `{"jsonrpc":"2.0","id":true,"method":"ping"}`, "null", mcp.INVALID_REQUEST},
		{"unknown method", `{"jsonrpc":"2.0","id":1,"method":"tools/dance"}`, "1", mcp.METHOD_NOT_FOUND},
		{"unknown tool", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"nope"}}`, "1", mcp.INVALID_PARAMS},
		{"deep nesting", strings.Repeat("[", 20000), "null", mcp.PARSE_ERROR},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, Options{})
			c.send("%s", "\r\n  \n"+tt.line+"\r") // blank lines are nothing
			a := c.next()
			if a.Error == nil || a.Error.Code != tt.code || string(a.ID) != tt.id || a.Error.Message == "" {
				t.Errorf("got %+v with error %+v, want %d for id %s", a, a.Error, tt.code, tt.id)
			}
			c.call(2, "instant") // and on it goes
			if a := c.next(); string(a.ID) != "2" || a.Error != nil {
				t.Errorf("then got %+v", a)
			}
		})
	}
}

func TestResponsesOfTheClientAreIgnored(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.send(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	c.send(`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}`)
	c.send(`{"jsonrpc":"2.0","method":"notifications/none"}`)
	c.send(`{"jsonrpc":"2.0","id":2,"method":"ping"}`)
	if a := c.next(); string(a.ID) != "2" {
		t.Errorf("got %+v", a)
	}
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.call(1, "panic")
	if a := c.next(); string(a.ID) != "1" || a.Error == nil {
		t.Errorf("got %+v", a)
	}
}

func TestIDInUse(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.call(1, "wait")
	<-c.started
	c.call(1, "instant")
	if a := c.next(); string(a.ID) != "1" || a.Error == nil || a.Error.Code != mcp.INVALID_REQUEST {
		t.Errorf("got %+v", a)
	}
	close(c.release)
	if a := c.next(); string(a.ID) != "1" || a.Error != nil {
		t.Errorf("got %+v", a)
	}
	c.call(1, "instant")
	if a := c.next(); a.Error != nil {
		t.Errorf("an ID cannot be used again: %+v", a.Error)
	}
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	c := start(t, Options{})
	c.started = make(chan string, maxInFlight+1)
	for i := range maxInFlight + 1 {
		c.call(i, "wait")
	}
	if a := c.next(); string(a.ID) != fmt.Sprint(maxInFlight) || a.Error == nil {
		t.Errorf("got %+v", a)
	}
}

func TestLongLines(t *testing.T) {
	t.Parallel()
	c := start(t, Options{MaxMessage: 2 << 20})
	for _, tt := range []struct {
		method  string
		size    int
		refused bool
	}{
		{"tools/call", 1 << 20, false},
		{"tools/call", 3 << 20, true},
		{"tools/call", 64 << 20, true},
		{"tools/call", 1, false},
	} {
		text := fmt.Sprintf(`{"method":%q,"params":{"name":"instant","arguments":{"x":"%s"}},"jsonrpc":"2.0","id":%d}`+"\n",
			tt.method, strings.Repeat("x", tt.size), tt.size)
		sent := make(chan error, 1)
		go func() {
			_, err := io.WriteString(c.in, text)
			sent <- err
		}()
		a := c.next()
		if refused := a.Error != nil; refused != tt.refused || string(a.ID) != fmt.Sprint(tt.size) {
			t.Errorf("%d bytes: got %+v", tt.size, a)
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
}

func TestLinesUpToTheDefaultAreKept(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ size, kept, tooLong int }{
		{defaultMaxMessage, defaultMaxMessage + 1, 0},
		{defaultMaxMessage + 1, 0, defaultMaxMessage + 2},
	} {
		in := bufio.NewReader(strings.NewReader(strings.Repeat("x", tt.size) + "\nnext\n"))
		l := readLine(in, defaultMaxMessage)
		if len(l.text) != tt.kept || l.tooLong != tt.tooLong || l.err != nil {
			t.Errorf("%d bytes: kept %d, skipped %d, %v", tt.size, len(l.text), l.tooLong, l.err)
		}
		if l := readLine(in, defaultMaxMessage); string(l.text) != "next\n" {
			t.Errorf("then got %q, %v", l.text, l.err)
		}
	}
}

func TestLineOfTheLimit(t *testing.T) {
	t.Parallel()
	const limit = 1000
	c := start(t, Options{MaxMessage: limit})
	for _, size := range []int{limit - 1, limit, limit + 1, 5 * limit} {
		head, tail := `{"jsonrpc":"2.0","method":"ping","params":{"a":"`, fmt.Sprintf(`"},"id":%d}`, size)
		c.send("%s", head+strings.Repeat("x", size-len(head)-len(tail))+tail)
		a := c.next()
		if (a.Error != nil) != (size > limit) || string(a.ID) != fmt.Sprint(size) {
			t.Errorf("%d bytes: got %+v", size, a)
		}
	}
}

func FuzzIDScanner(f *testing.F) {
	for _, s := range []string{
		`{"id":1}`, `{"params":{"id":2},"id":"x"}`, `{"id":"\"}","b":[{"id":3}]}`, `{"a":"\\","id":-1.5e3}`,
		`{"id":[1]}`, `[{"id":1}]`, `{"id":1,"id":2}`, `{ "id" : "a b" , "c":null}`, `{`, `}{`, `"id":1}`,
	} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, cut int) {
		var s idScanner
		cut = max(0, min(cut, len(text)))
		s.Write(text[:cut])
		s.Write(text[cut:])
		if s.ID() != nil && !jsonrpc.ValidID(s.ID()) {
			t.Fatalf("%q: found %q, which is no ID", text, s.ID())
		}
		var want struct {
			ID json.RawMessage `json:"id"`
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(text, &fields) != nil || !utf8.Valid(text) || bytes.Contains(text, []byte(`\u`)) {
			return
		}
		want.ID = fields["id"]
		if !jsonrpc.ValidID(want.ID) || len(want.ID) > maxID || strings.Count(string(text), `"id"`) > 1 {
			return
		}
		if !bytes.Equal(s.ID(), want.ID) {
			t.Errorf("%q: found %q, want %q", text, s.ID(), want.ID)
		}
	})
}
