package rest

import (
	"context"
	"fmt"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// textWritings is how often a text is in the JSON of an answer at most, and
// beside it while it is made.
const textWritings = 4

// fitted returns x as far as there is memory for its texts as JSON, which has
// six bytes for one that must be escaped.
func fitted(ctx context.Context, x *sessions.Execution) *sessions.Execution {
	texts := []string{x.Stdout, x.Stderr, x.Text}
	if x.Error != nil {
		texts = append(texts, x.Error.Message, x.Error.Traceback)
	}
	var escapes int64
	for _, text := range texts {
		escapes += escapeSize(text)
	}
	if escapes < bigValue || budget.FromContext(ctx).Take(escapes*textWritings) {
		return x
	}
	short := *x
	short.ShortOfMemory, short.Outputs = true, nil
	short.Stdout, short.Stderr, short.Text = cutText(x.Stdout), cutText(x.Stderr), cutText(x.Text)
	if x.Error != nil {
		short.Error = &sessions.PythonError{Name: x.Error.Name, Message: cutText(x.Error.Message), Traceback: cutText(x.Error.Traceback)}
	}
	return &short
}

// cutText shortens a text to what there is always memory for.
func cutText(text string) string {
	const most = 8 << 10
	if len(text) <= most {
		return text
	}
	head := shorten(text, most)
	return head + fmt.Sprintf("\n… [%d bytes left out, since the server is short of memory] …\n", len(text)-len(head))
}

// escapeSize is by how much a text grows as JSON.
func escapeSize(text string) (n int64) {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' && c != '\n' && c != '\t' && c != '\r':
			n += 5
		case c == '"', c == '\\', c < ' ':
			n++
		case c == 0xe2: // of the two line ends that are escaped
			n += 3
		}
	}
	return n
}
