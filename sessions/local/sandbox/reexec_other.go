//go:build !linux

package sandbox

// Reexec does the work of a process that this package started, and then ends
// the process. In any other process it returns at once. Only Linux has such
// processes.
func Reexec() {}
