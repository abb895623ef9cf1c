package render

import (
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/picture/picturetest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// TestLatePictures: what an earlier run showed comes under its label, before the output of
// the run, which pictures of the run follow.
func TestLatePictures(t *testing.T) {
	t.Parallel()
	png := string(picturetest.PNG(t, picturetest.Plain(4, 4)))
	result := rendered(t, sessions.Execution{
		Stdout: "own\n", Displays: []sessions.Display{toolstest.Display("image/png", png)},
		Late: []sessions.LateOutput{
			{Number: 3, Text: "tick\n", Total: 5, Displays: []sessions.Display{toolstest.Display("image/png", png), toolstest.Display("image/png", png, sessions.MIMESummary, "a chart")}, DisplaysDropped: 2},
			{Number: 4, Displays: []sessions.Display{toolstest.Display("image/png", "no picture")}},
		},
	})
	var got []string
	for _, c := range result.Content {
		switch c := c.(type) {
		case mcp.TextContent:
			got = append(got, c.Text)
		case mcp.ImageContent:
			got = append(got, "(picture)")
		}
	}
	want := []string{
		"output of run 3, after its end:\ntick\n[2 pictures before the next left out]\n[picture 1 of 2]", "(picture)",
		"output of run 3, after its end:\na chart", "(picture)",
		"output of run 4, after its end:\n[picture 1 of 1]\n\nstdout:\nown", "(picture)",
	}
	if len(got) != len(want)+1 || !strings.Contains(got[0], "its image is not shown") || strings.Join(got[1:], "\x00") != strings.Join(want, "\x00") {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
