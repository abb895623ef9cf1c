package sandbox

import "errors"

// ErrUnsupported reports that this machine cannot run sandboxes: it is not
// Linux, or something forbids what a sandbox takes. The error that wraps it says
// what that is and what to do.
var ErrUnsupported = errors.New("no sandboxes on this machine")
