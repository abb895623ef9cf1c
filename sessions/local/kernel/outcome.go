package kernel

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"dynamic-sessions-mcp/sessions"
)

// An Outcome is what came of running a cell. The fields are as in
// [sessions.Execution].
type Outcome struct {
	// Interrupted reports that Conn.Interrupt reached the code. Error then says
	// where it was, or is nil if the code caught the exception and came to its
	// end all the same.
	Interrupted bool

	// Stdout and Stderr hold a stream's beginning and, if it was longer than
	// the bound, a line that says how much is left out, and its end.
	Stdout, Stderr string
	Truncated      []sessions.Truncation

	Error           *sessions.PythonError
	Result          json.RawMessage
	Text            string
	Displays        []sessions.Display
	DisplaysDropped int
}

const (
	mimePNG  = "image/png"
	mimeText = "text/plain"
)

var noResult = json.RawMessage(`""`)

// image returns the last picture among the displays as Azure encodes it, or nil.
func image(displays []sessions.Display) json.RawMessage {
	for i := len(displays) - 1; i >= 0; i-- {
		png := displays[i].Data[mimePNG]
		if !bytes.HasPrefix(png, []byte("\x89PNG\r\n\x1a\n")) {
			continue
		}
		const head, foot = `{"type":"image","format":"png","base64_data":"`, `"}`
		b := make([]byte, 0, len(head)+base64.StdEncoding.EncodedLen(len(png))+len(foot))
		b = append(b, head...)
		b = base64.StdEncoding.AppendEncode(b, png)
		return append(b, foot...)
	}
	return nil
}
