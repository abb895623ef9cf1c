package interpreter

import (
	"context"
	"errors"
	"fmt"
	"io"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// A process is a running interpreter: a sandbox, or a plain process. What only a
// sandbox can do is in the interfaces below.
type process interface {
	Stdin() io.WriteCloser
	Stdout() io.ReadCloser
	Done() <-chan struct{}
	Diagnostics() string
	Kill()
	Memory() (int64, error)
}

// A freezer is a process that can be stopped and go on.
type freezer interface {
	Freeze() error
	Thaw() error
}

// A deprioritizer is a process that can be made to run after others.
type deprioritizer interface{ SetBackground(on bool) error }

// A victim is a process that can tell which memory it ran out of.
type victim interface{ Shortage() sandbox.Shortage }

// describeStart explains why an interpreter did not come up.
func describeStart(err error, p process) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if d := p.Diagnostics(); d != "" {
		return fmt.Errorf("the interpreter did not start: %w: %s", err, lastLines(d, 400))
	}
	return fmt.Errorf("the interpreter did not start: %w", err)
}

// lastLines returns the end of a text.
func lastLines(text string, n int) string {
	if len(text) > n {
		return "…" + text[len(text)-n:]
	}
	return text
}
