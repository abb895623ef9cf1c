package jsonrpc

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// bigMessage is the length above which the arguments of a tool call go around
// the library, which reads a message about ten times before a tool sees it.
const bigMessage = 64 << 10

// arguments are those of one tool call, as they were sent. They can be taken
// once, so that their memory is free as soon as the tool has ended.
type arguments struct {
	mu   sync.Mutex
	text json.RawMessage
}

func (a *arguments) take() json.RawMessage {
	a.mu.Lock()
	defer a.mu.Unlock()
	text := a.text
	a.text = nil
	return text
}

// BigArguments returns the arguments that Raw has {} in place of; nil if Raw is
// complete. They have not been checked to be JSON yet.
func (m Message) BigArguments() json.RawMessage {
	if m.args == nil {
		return nil
	}
	m.args.mu.Lock()
	defer m.args.mu.Unlock()
	return m.args.text
}

type argumentsKey struct{}

// HandOver is a middleware that gives tools the arguments that bypassed the
// library.
func HandOver(next server.ToolHandlerFunc) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if a, ok := ctx.Value(argumentsKey{}).(*arguments); ok {
			if text := a.take(); text != nil {
				r.Params.RawArguments, r.Params.Arguments = text, text
			}
		}
		return next(ctx, r)
	}
}

// cutArguments takes the value of params.arguments out of a message and leaves
// {} in its place. The message is JSON if and only if both parts are. It
// reports false where it is unclear which value the arguments are: there are
// none or several, or names are escaped.
func cutArguments(message []byte) (short, cut []byte, ok bool) {
	start, end, ok := findMember(message, 0, "params")
	if !ok {
		return nil, nil, false
	}
	start, end, ok = findMember(message[:end], start, "arguments")
	if !ok || message[start] != '{' {
		return nil, nil, false
	}
	short = make([]byte, 0, len(message)-(end-start)+2)
	short = append(short, message[:start]...)
	short = append(short, "{}"...)
	return append(short, message[end:]...), message[start:end:end], true
}

// findMember returns where the value of the one member called name is in the
// object that begins at i. Names that differ only in case
// count as the same, as they do for the library.
func findMember(text []byte, i int, name string) (start, end int, ok bool) {
	if i = skipSpace(text, i); i >= len(text) || text[i] != '{' {
		return 0, 0, false
	}
	for {
		key, value, after := member(text, i+1)
		if after < 0 || bytes.IndexByte(key, '\\') >= 0 {
			return 0, 0, false
		}
		if bytes.EqualFold(key, []byte(name)) {
			if ok || string(key) != name {
				return 0, 0, false
			}
			start, end, ok = value, after, true
		}
		if i = skipSpace(text, after); i >= len(text) || text[i] != ',' {
			return start, end, ok && i < len(text) && text[i] == '}'
		}
	}
}

// member returns the name, without its quotes, of the member of an object that
// begins at i, where its value begins, and where it ends; -1 if there is
// no member.
func member(text []byte, i int) (key []byte, value, after int) {
	if i = skipSpace(text, i); i >= len(text) || text[i] != '"' {
		return nil, 0, -1
	}
	end := stringEnd(text, i)
	if end < 0 {
		return nil, 0, -1
	}
	colon := skipSpace(text, end)
	if colon >= len(text) || text[colon] != ':' {
		return nil, 0, -1
	}
	value = skipSpace(text, colon+1)
	return text[i+1 : end-1], value, valueEnd(text, value)
}

// valueEnd returns where the value that begins at i ends, or -1. It does not
// check that the value is JSON.
func valueEnd(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			if i = stringEnd(text, i); i < 0 || depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return -1
}

// stringEnd returns where the string that begins at i ends, or -1. It passes
// over each byte at most twice, however many are escaped.
func stringEnd(text []byte, i int) int {
	quote := i
	for i++; i <= len(text); {
		if quote < i {
			n := bytes.IndexByte(text[i:], '"')
			if n < 0 {
				return -1
			}
			quote = i + n
		}
		escape := bytes.IndexByte(text[i:quote], '\\')
		if escape < 0 {
			return quote + 1
		}
		i += escape + 2
	}
	return -1
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' || text[i] == '\n') {
		i++
	}
	return i
}
