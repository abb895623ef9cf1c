package sessions

// An Output is one part of what a run showed: a piece of what it wrote, or a display.
// A run's Outputs are in the order in which the program made them.
type Output struct {
	Source Source `json:"source"`
	// Start and End bound a piece within Stdout or Stderr, in bytes. The pieces of
	// a stream follow each other; one may be empty.
	Start int `json:"start,omitempty"`
	End   int `json:"end,omitempty"`
	// Display is the index of a display in Displays.
	Display int `json:"display,omitempty"`
}

// A Source is what an Output is a part of.
type Source string

// The sources of outputs.
const (
	SourceStdout  Source = "stdout"
	SourceStderr  Source = "stderr"
	SourceDisplay Source = "display"
)

// MIMESummary is the type of a form of a display that says in one line, or in a few,
// what the display is: plain text for a model that cannot look at it. Whoever shows
// it needs no other form but a picture.
const MIMESummary = "text/vnd.dynamic-sessions.summary"
