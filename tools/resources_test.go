package tools

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestReadResource(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	put(t, pool, "dir/a b.csv", []byte("x,y\n"))
	put(t, pool, "notes", []byte("text"))
	put(t, pool, "p.png", []byte("\x89PNG\x00"))
	put(t, pool, "100%.txt", []byte("percent"))
	put(t, pool, "big.bin", make([]byte, maxResource+1))
	c := converse(t, Options{Pool: pool}, "test")
	read := func(uri string) ([]mcp.ResourceContents, error) {
		var req mcp.ReadResourceRequest
		req.Params.URI = uri
		result, err := c.ReadResource(t.Context(), req)
		if err != nil {
			return nil, err
		}
		return result.Contents, nil
	}
	for name, want := range map[string]mcp.TextResourceContents{
		"dir/a b.csv": {MIMEType: "text/csv", Text: "x,y\n"},
		"notes":       {MIMEType: "text/plain", Text: "text"},
		"100%.txt":    {MIMEType: "text/plain", Text: "percent"},
	} {
		want.URI = fileURI(name, "")
		got, err := read(want.URI)
		if err != nil || len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(want) {
			t.Errorf("%s: %v, %v, want %v", want.URI, got, err, want)
		}
	}
	got, err := read("sandbox:///mnt/data/p.png")
	if err != nil || got[0].(mcp.BlobResourceContents).Blob != base64.StdEncoding.EncodeToString([]byte("\x89PNG\x00")) {
		t.Errorf("got %v, %v", got, err)
	}
	for uri, want := range map[string]string{
		"sandbox:///mnt/data/missing.csv":      "There is no /mnt/data/missing.csv",
		"sandbox:///mnt/data/big.bin":          "more than the 5 MiB",
		"sandbox:///mnt/data/../../etc/passwd": "nvalid file name",
		"sandbox:///mnt/data/%2e%2e/x":         "nvalid file name",
		"sandbox:///mnt/data/%252e%252e/x":     "There is no /mnt/data/%2e%2e/x",
		"sandbox:///mnt/data/a%00b":            "nvalid file name",
		"sandbox:///mnt/data/dir":              "it is a folder",
		"sandbox:///mnt/data/notes?a=b":        "does not name a file",
		"sandbox:///mnt/data/notes?session_id": "does not name a file",
		"sandbox:///mnt/data/n?session_id=py":  "take no session_id",
		"file:///etc/passwd":                   "not found",
		"sandbox://elsewhere/mnt/data/notes":   "not found",
	} {
		if _, err := read(uri); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", uri, err, want)
		}
	}
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	complete := func(value string) mcp.Completion {
		t.Helper()
		var req mcp.CompleteRequest
		req.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: fileTemplate}
		req.Params.Argument = mcp.CompleteArgument{Name: "path", Value: value}
		result, err := c.Complete(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return result.Completion
	}
	if got := complete(""); len(got.Values) != 0 {
		t.Errorf("got %v", got)
	}
	if _, err := pool.Describe(t.Context(), toolsSession); err == nil {
		t.Error("a completion made a session")
	}
	for i := range 120 {
		put(t, pool, fmt.Sprintf("plots/%03d.png", i), nil)
	}
	put(t, pool, "data.csv", nil)
	if got := complete("da"); len(got.Values) != 1 || got.Values[0] != "data.csv" || got.HasMore {
		t.Errorf("got %v", got)
	}
	if got := complete("plots/"); len(got.Values) != 100 || got.Total != 120 || !got.HasMore {
		t.Errorf("got %d of %d", len(got.Values), got.Total)
	}
	templates, err := c.ListResourceTemplates(t.Context(), mcp.ListResourceTemplatesRequest{})
	if err != nil || len(templates.ResourceTemplates) != 1 || templates.ResourceTemplates[0].URITemplate.Raw() != fileTemplate {
		t.Errorf("templates %v, %v", templates, err)
	}
}

func FuzzFileOf(f *testing.F) {
	f.Add("sandbox:///mnt/data/a%20b.csv")
	f.Add("sandbox:///mnt/data/plots/a.png?session_id=py-AQ_-x")
	f.Add("sandbox:///mnt/data/%2e%2e/x?session_id=%00&session_id")
	f.Fuzz(func(t *testing.T, uri string) {
		name, handle, err := fileOf(uri)
		if err != nil {
			return
		}
		if again, err := sessions.CleanName(name); err != nil || again != name {
			t.Errorf("%q names %q, which is not clean: %v", uri, name, err)
		}
		if n, h, err := fileOf(fileURI(name, handle)); err != nil || n != name || h != handle {
			t.Errorf("%q names %q of %q, but their URI %q and %q, %v", uri, name, handle, n, h, err)
		}
	})
}
