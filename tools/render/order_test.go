package render

import (
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/picture/picturetest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// kinds writes the blocks of a result: their texts, and "image" for an image.
func kinds(result *mcp.CallToolResult) string {
	var blocks []string
	for _, block := range result.Content {
		switch block := block.(type) {
		case mcp.TextContent:
			blocks = append(blocks, block.Text)
		case mcp.ImageContent:
			blocks = append(blocks, "image")
		default:
			blocks = append(blocks, "link")
		}
	}
	return strings.Join(blocks, " | ")
}

func TestOrder(t *testing.T) {
	t.Parallel()
	out := func(start, end int) sessions.Output {
		return sessions.Output{Source: sessions.SourceStdout, Start: start, End: end}
	}
	errs := func(start, end int) sessions.Output {
		return sessions.Output{Source: sessions.SourceStderr, Start: start, End: end}
	}
	show := func(i int) sessions.Output { return sessions.Output{Source: sessions.SourceDisplay, Display: i} }
	png := toolstest.Display("image/png", string(picturetest.PNG(t, picturetest.Plain(4, 4))), "text/plain", "<Figure>")
	text := toolstest.Display("text/plain", "shown")
	for _, test := range []struct {
		name string
		run  sessions.Execution
		want string
	}{
		{"unknown", sessions.Execution{Stdout: "a\n", Stderr: "b\n", Displays: []sessions.Display{png}, Text: "1"}, "stdout:\na\n\nstderr:\nb | image | result:\n1"},
		{"figures of a loop", sessions.Execution{Stdout: "North\nSouth\n", Displays: []sessions.Display{png, png}, Outputs: []sessions.Output{out(0, 6), show(0), out(6, 12), show(1)}},
			"stdout:\nNorth | image | stdout:\nSouth | image"},
		{"streams in turn", sessions.Execution{Stdout: "ac", Stderr: "bd", Outputs: []sessions.Output{out(0, 1), errs(0, 1), out(1, 2), errs(1, 2)}},
			"stdout:\na\n\nstderr:\nb\n\nstdout:\nc\n\nstderr:\nd"},
		{"blank between", sessions.Execution{Stdout: "a\n\nb", Displays: []sessions.Display{text}, Outputs: []sessions.Output{out(0, 2), errs(0, 0), out(2, 3), show(0), out(3, 4)}},
			"stdout:\na\n\ndisplay 1:\nshown\n\nstdout:\nb"},
		{"cleared", sessions.Execution{Stdout: "old\nnew\n", Stderr: "old", Outputs: []sessions.Output{out(4, 8)}}, "stdout:\nnew"},
		{"all cleared", sessions.Execution{Stdout: "old\n", Outputs: []sessions.Output{}}, "Done. No output; print() something or end with an expression to see it."},
		{"what is not there", sessions.Execution{Stdout: "abc", Displays: []sessions.Display{text}, Outputs: []sessions.Output{out(-5, 1), show(7), show(-1), out(9, 99), {Source: "x"}, show(0), show(0)}},
			"stdout:\nabc\n\ndisplay 1:\nshown"},
		{"displays that no order has", sessions.Execution{Stdout: "abc", Displays: []sessions.Display{text}, Outputs: []sessions.Output{out(0, 3)}}, "stdout:\nabc\n\ndisplay 1:\nshown"},
		{"a bar between prints", sessions.Execution{Stdout: "a\nb\n", Stderr: "\r 0%\r 50%\r100%\n", Outputs: []sessions.Output{errs(0, 4), out(0, 2), errs(4, 8), out(2, 4), errs(8, 99)}},
			"stdout:\na\nb\n\nstderr:\n100%"},
		{"a warning between prints", sessions.Execution{Stdout: "a\nb\n", Stderr: "x.py:1: W.Warning: m\nx.py:1: W.Warning: m\n", Outputs: []sessions.Output{errs(0, 21), out(0, 2), errs(21, 42), out(2, 4)}},
			"stderr:\nx.py:1: W.Warning: m (×2)\n\nstdout:\na\nb"},
		{"notices first, files last", sessions.Execution{Status: sessions.DiskFull, Stdout: "a", Displays: []sessions.Display{png}, Files: []sessions.FileChange{{File: sessions.File{Name: "x", Size: 1}, Kind: sessions.FileCreated}}},
			"Notice from the server:\n- Disk full: the code filled the session's disk. Variables were kept. Delete files in /mnt/data that you do not need before the next run. | stdout:\na | image | New file: /mnt/data/x, 1 byte."},
	} {
		if got := kinds(rendered(t, test.run)); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
