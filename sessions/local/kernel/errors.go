package kernel

import "errors"

// The ways in which a connection ends. Once Execute has returned one of them
// the connection is of no more use and the process should be killed.
var (
	// ErrDied reports that the kernel ended or was killed.
	ErrDied = errors.New("the kernel died")
	// ErrProtocol reports that what came from the kernel is no frame, or none
	// that may come at this point. Code in the session can cause it.
	ErrProtocol = errors.New("the kernel broke the protocol")
)
