//go:build !unix && !windows

package stdio

// otherEndClosed reports nothing: the system does not tell.
func otherEndClosed(uintptr) bool { return false }
