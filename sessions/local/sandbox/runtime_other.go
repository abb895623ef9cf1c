//go:build !linux

package sandbox

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/rs/zerolog"
)

// A Runtime starts sandboxes, on Linux.
type Runtime struct{}

// A Blank is a sandbox in which no program runs yet.
type Blank struct{}

// A Sandbox is one running program with everything that it started.
type Sandbox struct{}

func unsupported() error {
	return fmt.Errorf("%w: sandboxes need Linux, and this is %s. Use an Azure pool, a Linux machine, WSL 2 or a container; "+
		"or run with --isolation=none if nothing on this machine needs protection", errUnsupported, runtime.GOOS)
}

// PruneEngines does nothing: there are none.
func PruneEngines(string, zerolog.Logger) {}

// Engine returns an error that says so.
func Engine(context.Context, string, func(string)) (string, error) { return "", unsupported() }

// FindLevel returns an error that says so.
func FindLevel(Demand) (Level, error) { return "", unsupported() }

// RecallLevel returns an error that says so.
func RecallLevel(string, Demand) (Level, error) { return "", unsupported() }

// LastLevel returns "": nothing is remembered.
func LastLevel(string, Demand) Level { return "" }

// ForgetLevel does nothing: nothing is remembered.
func ForgetLevel(string) {}

// NewRuntime returns an error that says so.
func NewRuntime(string, string, string, Level, UserFolders) (*Runtime, error) {
	return nil, unsupported()
}

// Start returns an error that says so.
func (*Runtime) Start(Spec) (*Sandbox, error) { return nil, unsupported() }

// Create returns an error that says so.
func (*Runtime) Create(Spec) (*Blank, error) { return nil, unsupported() }

// Start returns an error that says so.
func (*Blank) Start() (*Sandbox, error) { return nil, unsupported() }

// Restore returns an error that says so.
func (*Blank) Restore(string) (*Sandbox, error) { return nil, unsupported() }

// Kill ends the blank.
func (*Blank) Kill() {}

// Close does nothing.
func (*Runtime) Close() error { return nil }

// ShowFolders returns an error that says so.
func (*Runtime) ShowFolders(context.Context) ([]Unshown, error) {
	return nil, unsupported()
}

// The methods of a Sandbox exist so that its users build; there is none to
// call them on.

// Stdin is the program's standard input.
func (*Sandbox) Stdin() io.WriteCloser { return nil }

// Stdout is the program's standard output.
func (*Sandbox) Stdout() io.ReadCloser { return nil }

// Done is closed when the program and all its processes have ended.
func (*Sandbox) Done() <-chan struct{} { return nil }

// Diagnostics returns the end of what went to standard error.
func (*Sandbox) Diagnostics() string { return "" }

// Kill ends the program.
func (*Sandbox) Kill() {}

// Memory returns the bytes of memory that the program uses.
func (*Sandbox) Memory() (int64, error) { return 0, unsupported() }

// Checkpoint writes the program's state.
func (*Sandbox) Checkpoint(context.Context, string) error { return unsupported() }

// Suspend writes the program's state and stops it.
func (*Sandbox) Suspend(context.Context, string) error { return unsupported() }

// Resume lets it go on.
func (*Sandbox) Resume(context.Context) error { return unsupported() }

// Freeze stops the sandbox.
func (*Sandbox) Freeze() error { return unsupported() }

// Thaw lets it go on.
func (*Sandbox) Thaw() error { return unsupported() }

// Restore returns an error that says so.
func (*Runtime) Restore(Spec, string) (*Sandbox, error) { return nil, unsupported() }
