package web

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/jsonrpc"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

const readMessage = `{"jsonrpc":"2.0","id":1,"method":"resources\/read","params":{"uri":"sandbox:///mnt/data/a"}}`

// Files that a client asks for and does not read must not fill the memory.
func TestBatchesOfFilesNeedMemory(t *testing.T) {
	t.Parallel()
	read := json.RawMessage(readMessage)
	ping := json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"ping"}`)
	m, _ := jsonrpc.Parse(read)
	one := jsonrpc.Need(m)
	if one < 16<<20 {
		t.Errorf("a file needs %d bytes", one)
	}
	many := make([]json.RawMessage, 50)
	for i := range many {
		many[i] = read
	}
	for name, tt := range map[string]struct {
		batch []json.RawMessage
		want  int64
	}{
		"a ping":     {[]json.RawMessage{ping}, 0},
		"two files":  {[]json.RawMessage{read, ping, read}, 2 * one},
		"many files": {many, budget.AnswerMemory / 2},
	} {
		if got := batchNeed(tt.batch); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// A file is read when there is memory for the answer, which is held until the
// client has taken it.
func TestFilesWaitForMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := conversation.New(conversation.Options{Pool: &sessionstest.Fake{}})
		defer registry.Close()
		m := server.NewMCPServer("test", "1", server.WithResourceCapabilities(false, false))
		begun := make(chan struct{}, 100)
		m.AddResourceTemplate(mcp.NewResourceTemplate("sandbox:///mnt/data/{+path}", "files"),
			func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
				begun <- struct{}{}
				return nil, nil
			})
		h := New(Options{Server: m, Conversations: registry})
		defer h.Interrupt()
		message, _ := jsonrpc.Parse([]byte(readMessage))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var accounts []*budget.Account
		ask := func() {
			ctx, account := h.openBudget(ctx)
			accounts = append(accounts, account)
			h.begin(ctx, newSession(conversation.About{}, nil), message)
			synctest.Wait()
		}
		for range 10 {
			ask()
		}
		most := len(begun)
		if held := h.responseBudget.Held(); most == 0 || most == 10 || held > budget.AnswerMemory {
			t.Errorf("%d of 10 files are read at a time, in %d bytes", most, held)
		}
		for _, account := range accounts[:most] {
			account.Close()
		}
		synctest.Wait()
		if len(begun) <= most {
			t.Error("nothing is read when memory was given back")
		}
		for _, account := range accounts {
			account.Close()
		}
		cancel()
		synctest.Wait()
		if held := h.responseBudget.Held(); held != 0 {
			t.Errorf("%d bytes are held by nobody", held)
		}
	})
}
