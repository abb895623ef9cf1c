// Package toolstest reads results of tools in tests.
package toolstest

import (
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
)

// Texts are the text blocks of a result, in order.
func Texts(result *mcp.CallToolResult) []string {
	var out []string
	for _, text := range blocks[mcp.TextContent](result) {
		out = append(out, text.Text)
	}
	return out
}

// Images are the images of a result, in order.
func Images(result *mcp.CallToolResult) []mcp.ImageContent { return blocks[mcp.ImageContent](result) }

// Links are the resource links of a result, in order.
func Links(result *mcp.CallToolResult) []mcp.ResourceLink { return blocks[mcp.ResourceLink](result) }

// blocks are the blocks of a result that are of one kind, in order.
func blocks[T mcp.Content](result *mcp.CallToolResult) []T {
	var out []T
	for _, block := range result.Content {
		if b, ok := block.(T); ok {
			out = append(out, b)
		}
	}
	return out
}

// ExpectError checks that result is an error whose texts contain all of parts.
func ExpectError(t *testing.T, result *mcp.CallToolResult, parts ...string) {
	t.Helper()
	if !result.IsError {
		t.Errorf("no error: %.300q", Texts(result))
	}
	all := strings.Join(Texts(result), "\n")
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("the error does not say %q: %q", part, all)
		}
	}
}

// ExpectText checks that result is no error and its texts contain all of parts.
func ExpectText(t *testing.T, result *mcp.CallToolResult, parts ...string) {
	t.Helper()
	all := strings.Join(Texts(result), "\n")
	if result.IsError {
		t.Errorf("an error: %q", all)
	}
	for _, part := range parts {
		if !strings.Contains(all, part) {
			t.Errorf("the answer does not say %q: %.1000q", part, all)
		}
	}
}

// Display makes a display of pairs of a media type and its data.
func Display(forms ...string) sessions.Display {
	d := sessions.Display{Data: map[string][]byte{}}
	for i := 0; i < len(forms); i += 2 {
		d.Data[forms[i]] = []byte(forms[i+1])
	}
	return d
}
