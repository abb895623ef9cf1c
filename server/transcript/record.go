package transcript

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Format and version of logs, which their first record has.
const (
	formatName    = "dynamic-sessions-mcp transcript"
	formatVersion = 1
)

// The kinds of records.
const (
	kindOpen     = "open"     // the beginning of the log
	kindContinue = "continue" // another server goes on with the session
	kindUpload   = "upload"
	kindRun      = "run"
	kindFiles    = "files" // hashes of the files that the last run made
	kindGap      = "gap"   // records are missing
	kindFull     = "full"  // the log is as long as it may be: nothing follows
	kindClose    = "close" // the server has ended
)

// A Record is a line of a log.
type Record struct {
	N    int       `json:"n"` // from 1
	Kind string    `json:"kind"`
	Time time.Time `json:"time"`

	Open   *Open  `json:"open,omitempty"` // also of continue
	Upload *File  `json:"upload,omitempty"`
	Run    *Run   `json:"run,omitempty"`
	Files  []File `json:"files,omitempty"`
	Lost   int    `json:"lost,omitempty"` // records that are missing at a gap
}

// Open says what the log is of.
type Open struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	About
	// Earlier is how many runs of the conversation are not in the log.
	Earlier int `json:"earlier_runs,omitempty"`
}

// About is what code runs in.
type About struct {
	Program string `json:"program"` // with its version
	Pool    string `json:"pool"`    // the kind of pool
	Python  string `json:"python,omitempty"`
	// Lock is the SHA-256 of the lock of the packages, and Packages are they, with their
	// versions; "" and nil if the interpreter is not the built-in one.
	Lock     string   `json:"lock_sha256,omitempty"`
	Packages []string `json:"packages,omitempty"`
}

// A File is a file of the session.
type File struct {
	Name   string `json:"name"`
	Change string `json:"change,omitempty"` // what a run did
	From   string `json:"from,omitempty"`
	Size   int64  `json:"size"`
	Sum    string `json:"sha256,omitempty"`
	// Why says why there is no hash.
	Why     string  `json:"why,omitempty"`
	Content *[]byte `json:"content,omitempty"` // of a small upload
	Session int     `json:"session,omitempty"` // as Run has it
}

// A Run is code that ran, and what came of it.
type Run struct {
	Number int `json:"number"`
	// Session counts the sessions of the conversation; each begins without variables and
	// files.
	Session int    `json:"session"`
	Code    string `json:"code"`
	// Seconds is how long the code ran, and Limit how long it might have.
	Seconds float64 `json:"seconds"`
	Limit   float64 `json:"limit_seconds,omitempty"`
	Status  string  `json:"status"` // "unknown" if nobody knows
	// Restart says why the interpreter was a new one.
	Restart string `json:"restart,omitempty"`
	// Rollback says to what the interpreter went back that died, in this run or before it.
	Rollback *sessions.Rollback `json:"rollback,omitempty"`
	// Varies says that the outputs may depend on time or chance.
	Varies bool  `json:"varies,omitempty"`
	Stdout *Text `json:"stdout,omitempty"`
	Stderr *Text `json:"stderr,omitempty"`
	Result *Text `json:"result,omitempty"`
	Error  *Text `json:"error,omitempty"` // the name of the exception and its message
	// Connections are what the code reached, or was refused, by the proxy.
	Connections []sessions.Connections `json:"connections,omitempty"`
	// Displays have the SHA-256 of each form, by its MIME type.
	Displays []map[string]string `json:"displays,omitempty"`
}

// A Text is an output.
type Text struct {
	Size int    `json:"size"`
	Sum  string `json:"sha256"`
	Text string `json:"text,omitempty"` // up to maxText bytes of it
}

// maxText bounds the text of an output in a log, in bytes. Of a longer one there is none.
const maxText = 64 << 10

// textOf is an output, nil if it is empty.
func textOf(s string) *Text {
	if s == "" {
		return nil
	}
	t := &Text{Size: len(s), Sum: SumOf([]byte(s))}
	if len(s) <= maxText {
		t.Text = s
	}
	return t
}

// SumOf is the SHA-256 of data in hexadecimal digits.
func SumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
