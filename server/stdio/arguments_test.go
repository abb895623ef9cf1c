package stdio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"
)

func bigCall(id, size int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"length","arguments":{"a":"%s"}}}`+"\n", id, strings.Repeat("x", size))
}

func lengthServer() *server.MCPServer {
	s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("length"), func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		raw, _ := r.GetRawArguments().(json.RawMessage)
		return mcp.NewToolResultText(fmt.Sprint("length ", len(raw))), nil
	})
	return s
}

func TestBigArgumentsReachTheirTool(t *testing.T) {
	t.Parallel()
	const size = 3 << 20
	broken := strings.Replace(bigCall(2, size), `"a":"x`, `"a":"\x`, 1)
	foreign := strings.Replace(bigCall(3, size), `"a":"x`, "\"a\":\"\xff", 1)
	var out bytes.Buffer
	err := Serve(t.Context(), strings.NewReader(bigCall(1, size)+broken+foreign), &out, Options{Server: lengthServer(), Logger: zerolog.New(io.Discard)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{fmt.Sprint("length ", size+len(`{"a":""}`)), "are not valid JSON", "not valid UTF-8"} {
		if strings.Count(out.String(), want) != 1 {
			t.Errorf("the answers lack %q: %s", want, out.String())
		}
	}
}

func TestMemoryIsGivenBackNotTooOften(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		times := 0
		m := &memory{giveBack: func() { times++ }}
		for _, step := range []struct {
			size, want int
			after      time.Duration
		}{{1 << 20, 0, 0}, {largeMessage, 1, 0}, {largeMessage, 1, time.Second}, {largeMessage, 2, returnPause}} {
			time.Sleep(step.after)
			if m.done(step.size); times != step.want {
				t.Errorf("memory was given back %d times, want %d", times, step.want)
			}
		}
	})
}

// BenchmarkBigCall is a call with 40 MB of arguments.
func BenchmarkBigCall(b *testing.B) {
	text := bigCall(1, 40e6)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		err := Serve(b.Context(), strings.NewReader(text), io.Discard, Options{Server: lengthServer(), MaxMessage: 64 << 20, Logger: zerolog.Nop()})
		if err != nil {
			b.Fatal(err)
		}
	}
}
