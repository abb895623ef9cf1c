//go:build chaos && linux

package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A reply is the answer to a call.
type reply struct {
	text string // all that was said
	ok   bool   // it did what was asked
	fed  string // a file's content
}

// A client holds one conversation, with one call at a time. An error means that
// there was no answer.
type client interface {
	run(ctx context.Context, code string, timeout int) (reply, error)
	upload(ctx context.Context, name, content string) (reply, error)
	download(ctx context.Context, name string) (reply, error)
	// vanish makes a call and is gone before its answer.
	vanish(ctx context.Context, code string, after time.Duration)
	// begin begins again with a server that was started anew.
	begin(ctx context.Context) error
	close()
}

// errEnded says that the server does not know the conversation, as after a
// restart.
var errEnded = errors.New("the conversation is over")

// A message is what MCP's clients send and receive.
type message struct {
	ID     json.RawMessage
	Method string
	Result struct {
		IsError bool
		Content []struct {
			Type, Text string
			Resource   struct{ Text string }
		}
	}
	Error *struct {
		Code    int
		Message string
	}
}

func toolCall(id int, tool string, args map[string]any) string {
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call",
		"params": map[string]any{"name": tool, "arguments": args}})
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(text)
}

func (m message) reply() reply {
	if m.Error != nil {
		return reply{text: fmt.Sprintf("error %d: %s", m.Error.Code, m.Error.Message)}
	}
	var all, fed strings.Builder
	for _, c := range m.Result.Content {
		all.WriteString(c.Text + c.Resource.Text + "\n")
		fed.WriteString(c.Text + c.Resource.Text)
	}
	return reply{text: all.String(), ok: !m.Result.IsError, fed: fed.String()}
}

// A caller is what the two clients of MCP have in common.
type caller struct {
	call func(ctx context.Context, tool string, args map[string]any) (reply, error)
}

func (c caller) run(ctx context.Context, code string, timeout int) (reply, error) {
	return c.call(ctx, "run_python", map[string]any{"code": code, "timeout_seconds": timeout})
}

func (c caller) upload(ctx context.Context, name, content string) (reply, error) {
	return c.call(ctx, "upload_file", map[string]any{"filename": name, "content": content})
}

func (c caller) download(ctx context.Context, name string) (reply, error) {
	return c.call(ctx, "download_file", map[string]any{"filename": name})
}

const initialize = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"chaos","version":"1"}}}`
const initialized = `{"jsonrpc":"2.0","method":"notifications/initialized"}`
