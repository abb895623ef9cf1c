package tools

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// copier is a pool whose code answers with its own text, and with what it sees of the
// notebook.
func copier() *sessionstest.Fake {
	var pool *sessionstest.Fake
	pool = &sessionstest.Fake{Script: func(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		x := &sessions.Execution{Status: sessions.Succeeded, Stdout: "ran " + req.Code}
		if _, body, err := pool.Download(ctx, id, "conversation.ipynb"); err == nil {
			data, err := io.ReadAll(body)
			if err != nil {
				return nil, err
			}
			x.Stdout += " and saw " + string(data)
		}
		return x, nil
	}}
	return pool
}

// TestNotebook: the notebook is listed, looked at, read as a resource and seen by code
// that names it, and is no file of the session.
func TestNotebook(t *testing.T) {
	t.Parallel()
	pool := copier()
	c := converse(t, Options{Pool: pool}, "test")
	toolstest.ExpectText(t, callWith(c, "download_file", map[string]any{"filename": "conversation.ipynb"}), "notebook, 1 cell")
	if text := strings.Join(toolstest.Texts(callWith(c, "list_files", map[string]any{})), ""); strings.Contains(text, "ipynb") {
		t.Errorf("an empty one is listed: %s", text)
	}
	callWith(c, "run_python", map[string]any{"code": "first"})
	callWith(c, "upload_file", map[string]any{"filename": "a.csv", "content": "x,y\n"})
	toolstest.ExpectText(t, callWith(c, "list_files", map[string]any{}), "a.csv", "\nconversation.ipynb is this conversation as a notebook.")
	toolstest.ExpectText(t, callWith(c, "list_files", map[string]any{"pattern": "*.ipynb"}), "conversation.ipynb is this")
	for _, other := range []map[string]any{{"pattern": "*.csv"}, {"path": "a.csv"}} {
		if text := strings.Join(toolstest.Texts(callWith(c, "list_files", other)), ""); strings.Contains(text, "ipynb") {
			t.Errorf("%v: %s", other, text)
		}
	}
	toolstest.ExpectText(t, callWith(c, "download_file", map[string]any{"filename": "/mnt/data/conversation.ipynb"}),
		"/mnt/data/conversation.ipynb", "cell 2, code\nfirst\n  → ran first", "**Uploaded** `a.csv`")
	toolstest.ExpectText(t, callWith(c, "download_file", map[string]any{"filename": "conversation.ipynb", "lines": "3"}), `"id":"run-1"`)

	toolstest.ExpectText(t, callWith(c, "run_python", map[string]any{"code": "conversation.ipynb"}), `and saw {"cells"`, `run-1`)
	if _, err := pool.Stat(t.Context(), toolsSession, "conversation.ipynb"); err == nil {
		t.Error("the copy is still there")
	}
	var read mcp.ReadResourceRequest
	read.Params.URI = "sandbox:///mnt/data/conversation.ipynb"
	got, err := c.ReadResource(t.Context(), read)
	if err != nil {
		t.Fatal(err)
	}
	var book struct{ Cells []struct{ ID string } }
	if err := json.Unmarshal([]byte(got.Contents[0].(mcp.TextResourceContents).Text), &book); err != nil || book.Cells[len(book.Cells)-1].ID != "run-2" {
		t.Errorf("the resource: %v %+v", err, book)
	}
}

// TestNotebookOfTheSession: a file of that name that the session has is not replaced, and
// comes before the notebook.
func TestNotebookOfTheSession(t *testing.T) {
	t.Parallel()
	pool := copier()
	c := converse(t, Options{Pool: pool}, "test")
	callWith(c, "upload_file", map[string]any{"filename": "conversation.ipynb", "content": "mine"})
	toolstest.ExpectText(t, callWith(c, "run_python", map[string]any{"code": "conversation.ipynb"}), "and saw mine")
	if text := strings.Join(toolstest.Texts(callWith(c, "list_files", map[string]any{})), ""); strings.Contains(text, "as a notebook") || !strings.Contains(text, "conversation.ipynb\t4 bytes") {
		t.Errorf("listed: %s", text)
	}
	toolstest.ExpectText(t, callWith(c, "download_file", map[string]any{"filename": "conversation.ipynb", "lines": "1"}), "mine")
}

// TestNotebookForTheUser: it is saved among the results when the model asks for that.
func TestNotebookForTheUser(t *testing.T) {
	t.Parallel()
	pool := copier()
	c := converse(t, Options{Pool: pool, Delivery: deliveryOf(func() []string { return []string{"Delivered."} })}, "test")
	callWith(c, "run_python", map[string]any{"code": "x"})
	for to, name := range map[string]string{"/mnt/data/out": "out/conversation.ipynb", "/mnt/data/out/a.ipynb": "out/a.ipynb"} {
		toolstest.ExpectText(t, callWith(c, "download_file", map[string]any{"filename": "conversation.ipynb", "save_to": to}), "Saved the notebook as /mnt/data/"+name, "Delivered.")
		if _, err := pool.Stat(t.Context(), toolsSession, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// deliveryOf is a delivery that says the same each time.
type deliveryOf func() []string

func (d deliveryOf) Deliver(context.Context, sessions.ID, func(string)) []string { return d() }

func callWith(c *conversation, tool string, arguments map[string]any) *mcp.CallToolResult {
	text, _ := json.Marshal(arguments) // they are texts
	return c.call(tool, string(text))
}
