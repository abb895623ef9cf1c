//go:build mcpclients

package mcpclients

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// mcpTransport is a way to reach the server.
type mcpTransport struct {
	name    string // of the subtest
	kind    string // as the clients' programs call it
	path    string
	version string // of the protocol, that must be agreed on
	gauge   string // of the conversations that it makes
}

const modernVersion = "2026-07-28"

func mcpTransports() []mcpTransport {
	return []mcpTransport{
		{name: "http-2025-11-25", kind: "legacy", path: "/mcp", version: "2025-11-25", gauge: "session"},
		{name: "http-2026-07-28", kind: "modern", path: "/mcp", version: modernVersion, gauge: "handle"},
		{name: "sse", kind: "sse", path: "/sse", version: "2025-11-25", gauge: "sse"},
	}
}

func (t mcpTransport) handles() bool { return t.version == modernVersion }

// A dialer opens conversations with one client library.
type dialer interface {
	dial(ctx context.Context, via mcpTransport, server mcpServer) (dialogue, error)
}

// A dialogue is one conversation as the client library has it. Its methods may
// be called concurrently. A call is cancelled when its context ends.
type dialogue interface {
	version() string
	tools(ctx context.Context) ([]mcpTool, error)
	call(ctx context.Context, tool string, arguments map[string]any, progress func(mcpProgress)) (mcpResult, error)
	read(ctx context.Context, uri string) (mcpResource, error)
	close() error
}

// mcpTool is what the client knows of a tool.
type mcpTool struct {
	Name        string
	InputSchema struct {
		Properties map[string]any
	}
}

// mcpProgress is a report on a call that is under way.
type mcpProgress struct {
	Progress float64
	Message  string
}

// mcpResult is what the client made of a tool's answer.
type mcpResult struct {
	Content []mcpContent
	IsError bool
	Meta    map[string]any `json:"_meta"`
}

type mcpContent struct {
	Type, Text, Data, MimeType, URI, Name string
}

// mcpResource is what the client made of the contents of a resource.
type mcpResource struct {
	Contents []struct{ URI, MimeType, Text, Blob string }
}

// bytes is the whole of a resource.
func (r mcpResource) bytes() ([]byte, error) {
	var whole []byte
	for _, c := range r.Contents {
		blob, err := base64.StdEncoding.DecodeString(c.Blob)
		if err != nil {
			return nil, err
		}
		whole = append(append(whole, c.Text...), blob...)
	}
	return whole, nil
}

func (r mcpResult) String() string {
	shown := r
	shown.Content = nil
	for _, c := range r.Content {
		c.Data = c.Data[:min(len(c.Data), 20)]
		shown.Content = append(shown.Content, c)
	}
	text, err := json.Marshal(shown)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// text is all that a model reads.
func (r mcpResult) text() string {
	var parts []string
	for _, c := range r.Content {
		if c.Type == "text" {
			parts = append(parts, c.Text)
		}
	}
	return strings.Join(parts, "\n\n")
}

// section is the labelled part of the output of a run, "" if there is none.
func (r mcpResult) section(label string) string {
	var lines []string
	within := false
	for line := range strings.Lines(r.text()) {
		line = strings.TrimSuffix(line, "\n")
		switch line {
		case "stdout:", "stderr:", "result:", "error:", "Files in /mnt/data:":
			within = line == label+":"
			continue
		}
		if within {
			lines = append(lines, line)
		}
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// of are the blocks of one type.
func (r mcpResult) of(kind string) []mcpContent {
	var found []mcpContent
	for _, c := range r.Content {
		if c.Type == kind {
			found = append(found, c)
		}
	}
	return found
}
