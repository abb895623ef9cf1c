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

	Variables       *sessions.Variables
	ExitCode        int
	Error           *sessions.PythonError
	Result          json.RawMessage
	Text            string
	Displays        []sessions.Display
	DisplaysDropped int
	ShortOfMemory   bool
	Outputs         []sessions.Output
	Late            []sessions.LateOutput
}

const (
	mimePNG  = "image/png"
	mimeJPEG = "image/jpeg"
	mimeText = "text/plain"
)

var noResult = json.RawMessage(`""`)

// lastPicture returns the last picture among the displays, PNG or JPEG, or nil.
func lastPicture(displays []sessions.Display) []byte {
	for i := len(displays) - 1; i >= 0; i-- {
		if png := displays[i].Data[mimePNG]; bytes.HasPrefix(png, []byte("\x89PNG\r\n\x1a\n")) {
			return png
		}
		if jpeg := displays[i].Data[mimeJPEG]; bytes.HasPrefix(jpeg, []byte(jpegHead)) {
			return jpeg
		}
	}
	return nil
}

const (
	imageHead, imageMiddle, imageFoot = `{"type":"image","format":"`, `","base64_data":"`, `"}`

	jpegHead = "\xff\xd8\xff"
)

// imageFormat returns the name of a picture's format. Azure's own service knows only
// PNG; photographs come as JPEG, which takes a tenth of that.
func imageFormat(picture []byte) string {
	if bytes.HasPrefix(picture, []byte(jpegHead)) {
		return "jpeg"
	}
	return "png"
}

// imageSize returns the length of a picture in Azure's encoding.
func imageSize(picture []byte) int {
	return len(imageHead) + len(imageFormat(picture)) + len(imageMiddle) + base64.StdEncoding.EncodedLen(len(picture)) + len(imageFoot)
}

// image returns a picture in Azure's encoding.
func image(picture []byte) json.RawMessage {
	b := make([]byte, 0, imageSize(picture))
	b = append(b, imageHead...)
	b = append(b, imageFormat(picture)...)
	b = append(b, imageMiddle...)
	b = base64.StdEncoding.AppendEncode(b, picture)
	return append(b, imageFoot...)
}
