//go:build !unix

package stdio

import "io"

// hangUp returns a channel that never closes: the system does not tell.
func hangUp(io.Writer, <-chan struct{}) <-chan struct{} { return nil }
