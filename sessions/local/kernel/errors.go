package kernel

import "errors"

// The errors that end a connection. Once a method has returned one of them the
// connection is unusable, and the caller should kill the process.
var (
	// ErrDied reports that the kernel ended or was killed.
	ErrDied = errors.New("the kernel died")
	// ErrProtocol reports that the kernel sent something that is no frame, or a
	// frame that is not allowed at this point. Code in the session can cause it.
	ErrProtocol = errors.New("the kernel broke the protocol")
)
