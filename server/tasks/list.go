package tasks

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// pageSize is how many tasks a page of tasks/list has.
const pageSize = 20

// list answers with a page of tasks, the oldest first.
func (t *Table) list(ctx context.Context, r request) mcp.JSONRPCMessage {
	after, ok := readCursor(r.params.Cursor)
	if !ok {
		return jsonrpc.Failure(r.ID, mcp.INVALID_PARAMS, "there is no such cursor; leave it out to begin with the first page")
	}
	t.mu.Lock()
	own := t.of(t.opts.Owner(ctx))
	t.mu.Unlock()
	page := struct {
		Tasks []mcp.Task `json:"tasks"`
		Next  string     `json:"nextCursor,omitempty"`
	}{Tasks: []mcp.Task{}}
	var last uint64
	for _, k := range own {
		switch {
		case k.modern || k.serial <= after:
		case len(page.Tasks) == pageSize:
			page.Next = cursor(last)
		default:
			page.Tasks, last = append(page.Tasks, k.core()), k.serial
		}
	}
	return jsonrpc.Success(r.ID, page)
}

const cursorPrefix = "after "

// cursor names the tasks that follow one.
func cursor(serial uint64) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorPrefix + strconv.FormatUint(serial, 10)))
}

// readCursor returns the serial of the task that a cursor follows; that of "" is 0.
func readCursor(text string) (serial uint64, ok bool) {
	if text == "" {
		return 0, true
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	number, named := strings.CutPrefix(string(raw), cursorPrefix)
	if err != nil || !named {
		return 0, false
	}
	serial, err = strconv.ParseUint(number, 10, 64)
	return serial, err == nil
}
