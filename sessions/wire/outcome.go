package wire

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"dynamic-sessions-mcp/sessions"
)

// DetailsOf returns what a Details tells about an execution.
func DetailsOf(x *sessions.Execution) *Details {
	d := &Details{
		Status:          x.Status,
		Stderr:          x.Stderr,
		Text:            x.Text,
		Truncated:       x.Truncated,
		DisplaysDropped: x.DisplaysDropped,
		ShortOfMemory:   x.ShortOfMemory,
		MemoryLimit:     x.MemoryLimit,
		Outputs:         x.Outputs,
		Late:            x.Late,
		Stopped:         x.Stopped,
		Files:           x.Files,
		FilesOmitted:    x.FilesOmitted,
		Disk:            x.Disk,
		Restart:         x.Restart,
		VariablesLost:   x.VariablesLost,
		Rollback:        x.Rollback,
		Variables:       x.Variables,
		Connections:     x.Connections,
		Duration:        x.Duration,
	}
	if x.Error != nil {
		e := PythonError(*x.Error)
		d.Error = &e
	}
	for _, display := range x.Displays {
		d.Displays = append(d.Displays, display.Data)
	}
	return d
}

// Apply completes an execution that was read from Azure's answer with what d
// knows beyond it.
func (d *Details) Apply(x *sessions.Execution) {
	x.Status, x.Stderr, x.Text = d.Status, d.Stderr, d.Text
	x.Truncated, x.DisplaysDropped = d.Truncated, d.DisplaysDropped
	x.ShortOfMemory, x.MemoryLimit, x.Outputs = d.ShortOfMemory, d.MemoryLimit, d.Outputs
	x.Late, x.Stopped = d.Late, d.Stopped
	x.Files, x.FilesOmitted = d.Files, d.FilesOmitted
	x.Disk = d.Disk
	x.Restart, x.VariablesLost, x.Duration = d.Restart, d.VariablesLost, d.Duration
	x.Rollback, x.Variables, x.Connections = d.Rollback, d.Variables, d.Connections
	x.Error, x.Displays = nil, nil
	if d.Error != nil {
		e := sessions.PythonError(*d.Error)
		x.Error = &e
	}
	for _, forms := range d.Displays {
		x.Displays = append(x.Displays, sessions.Display{Data: forms})
	}
}

// Texts that Azure writes to stderr for a run that did not end by itself.
const (
	TimedOutText = "Request timed out waiting for code execution to complete"
	AbortedText  = "Execution aborted"
)

// StderrOf returns stderr as Azure has it: with the traceback of an exception, or
// with the text for how the code ended.
func StderrOf(x *sessions.Execution) string {
	switch x.Status {
	case sessions.Succeeded:
		return x.Stderr
	case sessions.Failed:
		if x.Error != nil {
			return join(x.Stderr, x.Error.Traceback)
		}
		return x.Stderr
	case sessions.TimedOut:
		return join(x.Stderr, TimedOutText)
	case sessions.DiskFull:
		return join(x.Stderr, AbortedText+": the session's disk is full")
	}
	return join(x.Stderr, AbortedText)
}

// join puts b on lines of its own.
func join(a, b string) string {
	if a != "" && !strings.HasSuffix(a, "\n") {
		a += "\n"
	}
	return a + b
}

// image is a result that is a picture.
type image struct {
	Type   string `json:"type"`   // "image"
	Format string `json:"format"` // such as "png"
	Base64 string `json:"base64_data"`
}

// ImageOf returns the picture in a result and its MIME type, or nil if the result
// is something else.
func ImageOf(result json.RawMessage) (mimeType string, data []byte) {
	if len(result) == 0 || result[0] != '{' {
		return "", nil
	}
	var picture image
	if json.Unmarshal(result, &picture) != nil || picture.Type != "image" || picture.Base64 == "" {
		return "", nil
	}
	data, err := base64.StdEncoding.DecodeString(picture.Base64)
	if err != nil {
		return "", nil
	}
	switch format := strings.ToLower(picture.Format); format {
	case "":
		return "image/png", data
	case "svg":
		return "image/svg+xml", data
	case "jpg":
		return "image/jpeg", data
	default:
		return "image/" + format, data
	}
}
