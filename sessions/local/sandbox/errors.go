package sandbox

import "errors"

// ErrUnsupported reports that this machine cannot run sandboxes: it is not
// Linux, or it forbids user namespaces to a user who is not root. The error
// that wraps it says what to do.
var ErrUnsupported = errors.New("no sandboxes on this machine")
