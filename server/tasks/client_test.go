package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/jsonrpc"
)

// A client talks to a server whose tool "work" takes some seconds, reports each, and then
// answers with a text and a picture, with isError or an error if it is to. "other" cannot be
// a task.
type client struct {
	t       *testing.T
	table   *Table
	srv     *server.MCPServer
	session *jsonrpc.Session
	version string
	able    bool // declares the extension
	ids     int
}

type ownerKey struct{}

// inTime runs a test with a client that speaks a version, in time of its own.
func inTime(t *testing.T, version string, test func(*testing.T, *client)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		table := New(Options{Tools: []string{"work", "asks"}, Owner: func(ctx context.Context) string {
			owner, _ := ctx.Value(ownerKey{}).(string)
			return owner
		}})
		defer table.Close()
		srv := server.NewMCPServer("test", "1", server.WithToolCapabilities(false), server.WithRecovery())
		srv.AddTool(mcp.NewTool("work"), work)
		srv.AddTool(mcp.NewTool("other"), work)
		srv.AddTool(mcp.NewTool("asks"), asks)
		table.Declare(srv)
		test(t, newClient(t, table, srv, version))
	})
}

func newClient(t *testing.T, table *Table, srv *server.MCPServer, version string) *client {
	c := &client{t: t, table: table, srv: srv, session: jsonrpc.NewSession(64, nil), version: version, able: mcp.IsModernProtocol(version)}
	if !mcp.IsModernProtocol(version) {
		c.session.SetProtocolVersion(version)
	}
	return c
}

func work(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	srv := server.ServerFromContext(ctx)
	for i := range r.GetInt("seconds", 0) {
		select {
		case <-time.After(time.Second):
			if r.Params.Meta != nil && r.Params.Meta.ProgressToken != nil {
				_ = srv.SendNotificationToClient(ctx, "notifications/progress", map[string]any{"progressToken": r.Params.Meta.ProgressToken, "progress": i + 1})
			}
		case <-ctx.Done():
			return mcp.NewToolResultError("ended early: " + context.Cause(ctx).Error()), nil
		}
	}
	switch end := r.GetString("end", ""); end {
	case "":
		return &mcp.CallToolResult{Content: []mcp.Content{mcp.NewTextContent("done"), mcp.NewImageContent("aGk=", "image/png")}}, nil
	case "error":
		return nil, errors.New("it broke")
	default:
		return mcp.NewToolResultError(end), nil
	}
}

// ask sends a request and returns the answer as JSON.
func (c *client) ask(ctx context.Context, method, params string) answer {
	c.t.Helper()
	c.ids++
	if mcp.IsModernProtocol(c.version) {
		extensions := ""
		if c.able {
			extensions = `"extensions":{"` + extensionID + `":{}}`
		}
		meta := fmt.Sprintf(`"_meta":{"progressToken":"p","%s":%q,"%s":{%s}}`, mcp.MetaKeyProtocolVersion, c.version, mcp.MetaKeyClientCapabilities, extensions)
		params = strings.TrimSuffix(params, "}") + "," + meta + "}"
		params = strings.Replace(params, "{,", "{", 1)
	}
	m, refusal := jsonrpc.Parse(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, c.ids, method, params))
	if refusal != nil {
		c.t.Fatalf("%s %s: %v", method, params, refusal)
	}
	var a answer
	a.raw = jsonrpc.Marshal(c.table.AskWithin(c.srv.WithContext(ctx, c.session), c.srv, m, zerolog.Nop()), zerolog.Nop())
	if err := json.Unmarshal(a.raw, &a); err != nil {
		c.t.Fatal(err)
	}
	if string(a.ID) != fmt.Sprint(c.ids) {
		c.t.Errorf("%s has the id %s, not %d", a.raw, a.ID, c.ids)
	}
	return a
}

func (c *client) do(method, params string) answer {
	c.t.Helper()
	return c.ask(c.t.Context(), method, params)
}

// work calls the tool, with more members of the parameters.
func (c *client) work(seconds int, end, more string) answer {
	c.t.Helper()
	return c.do("tools/call", fmt.Sprintf(`{"name":"work","arguments":{"seconds":%d,"end":%q}%s}`, seconds, end, more))
}

// An answer is one of either version.
type answer struct {
	ID     json.RawMessage
	Result struct {
		ResultType, TaskID, Status, StatusMessage string
		CreatedAt, LastUpdatedAt                  time.Time
		TTL, PollInterval, TTLMs, PollIntervalMs  *int64
		Task                                      struct {
			TaskID, Status    string
			TTL, PollInterval *int64
		}
		Tasks      []struct{ TaskID, Status string }
		NextCursor string
		Content    []struct{ Type, Text, Data string }
		IsError    bool
		Meta       map[string]json.RawMessage `json:"_meta"`
		Result     json.RawMessage
		Error      *struct{ Message string }

		InputRequests map[string]struct{ Method string }
		RequestState  string
	}
	Error *struct {
		Code    int
		Message string
		Data    json.RawMessage
	}

	raw []byte
}

// fails checks that an answer is an error.
func (a answer) fails(t *testing.T, code int, part string) {
	t.Helper()
	if a.Error == nil || a.Error.Code != code || !strings.Contains(a.Error.Message, part) {
		t.Errorf("got %s, want error %d with %q", a.raw, code, part)
	}
}

// is checks the status of a task.
func (a answer) is(t *testing.T, status mcp.TaskStatus, message string) {
	t.Helper()
	if a.Result.Status != string(status) || !strings.Contains(a.Result.StatusMessage, message) {
		t.Errorf("got %s, want %s with %q", a.raw, status, message)
	}
}

func named(id string) string { return fmt.Sprintf(`{"taskId":%q}`, id) }
