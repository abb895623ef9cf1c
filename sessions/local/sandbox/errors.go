package sandbox

import "errors"

// errUnsupported reports that this machine cannot run sandboxes: it is not
// Linux, or something forbids what a sandbox takes. The error that wraps it says
// what that is and what to do.
var errUnsupported = errors.New("no sandboxes on this machine")
