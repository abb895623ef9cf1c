package kernel

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"dynamic-sessions-mcp/sessions"
)

// An Outcome is the result of running a cell or a command. Fields without a comment
// are as in [sessions.Execution].
type Outcome struct {
	// Interrupted reports that Conn.Interrupt reached the code. Error says where,
	// or is nil if the code caught the exception and finished normally.
	Interrupted bool

	// Stdout and Stderr hold the beginning of a stream. If it is longer than the
	// bound, a line that says how much is left out and the end of the stream follow.
	Stdout, Stderr string
	Truncated      []sessions.Truncation

	ExitCode        int
	Error           *sessions.PythonError
	Result          json.RawMessage
	Text            string
	Displays        []sessions.Display
	DisplaysDropped int
	ShortOfMemory   bool
	Outputs         []sessions.Output
}

const (
	mimePNG  = "image/png"
	mimeText = "text/plain"
)

var noResult = json.RawMessage(`""`)

// lastPicture returns the last picture among the displays, or nil.
func lastPicture(displays []sessions.Display) []byte {
	for i := len(displays) - 1; i >= 0; i-- {
		if png := displays[i].Data[mimePNG]; bytes.HasPrefix(png, []byte("\x89PNG\r\n\x1a\n")) {
			return png
		}
	}
	return nil
}

const imageHead, imageFoot = `{"type":"image","format":"png","base64_data":"`, `"}`

// imageSize returns the length of a picture in Azure's encoding.
func imageSize(png []byte) int {
	return len(imageHead) + base64.StdEncoding.EncodedLen(len(png)) + len(imageFoot)
}

// image returns a picture in Azure's encoding.
func image(png []byte) json.RawMessage {
	b := make([]byte, 0, imageSize(png))
	b = append(b, imageHead...)
	b = base64.StdEncoding.AppendEncode(b, png)
	return append(b, imageFoot...)
}
