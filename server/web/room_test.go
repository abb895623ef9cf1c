package web

import (
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// Files that a client asks for and does not read must not fill the memory.
func TestFilesWaitForMemory(t *testing.T) {
	t.Parallel()
	book := conversation.New(conversation.Options{Pool: &sessionstest.Fake{}})
	t.Cleanup(book.Close)
	h := New(Options{Server: server.NewMCPServer("test", "1"), Book: book})
	read := json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"resources\/read","params":{"uri":"sandbox:///mnt/data/a"}}`)
	ping := json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	for name, tt := range map[string]struct {
		batch []json.RawMessage
		want  int64
	}{
		"a ping":     {[]json.RawMessage{ping}, 0},
		"two files":  {[]json.RawMessage{read, ping, read}, 2 * bigAnswer},
		"many files": {make([]json.RawMessage, 50), bigAnswer * bigAnswers / 2},
	} {
		for i := range tt.batch {
			if tt.batch[i] == nil {
				tt.batch[i] = read
			}
		}
		all := h.batchRoom(t.Context(), tt.batch)
		if all.take(t.Context()); all.n != tt.want || h.answers.free != bigAnswer*bigAnswers-tt.want {
			t.Errorf("%s: took %d, %d are left", name, all.n, h.answers.free)
		}
		all.give()
	}
	m, _ := jsonrpc.Parse(read)
	taken := 0
	for ; h.answers.take("", bigAnswer); taken++ {
	}
	if r := h.room(t.Context(), m); taken != bigAnswers/2 || r.n != bigAnswer || r.of.take("", r.n) || !r.of.take("bob", r.n) {
		t.Errorf("%d files were taken by one", taken)
	}
}
