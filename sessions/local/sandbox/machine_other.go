//go:build !linux

package sandbox

import "time"

// A Machine tells about the memory that there is, on Linux.
type Machine struct{}

// ThisMachine returns the machine that the process runs on.
func ThisMachine() *Machine { return &Machine{} }

// Total returns 0: it is not known how much memory there is.
func (*Machine) Total() int64 { return 0 }

// Stalled reports that it is not known how long programs have waited for memory.
func (*Machine) Stalled() (total time.Duration, ok bool) { return 0, false }

// Free reports that it is not known how much memory is left.
func (*Machine) Free() (free int64, ok bool) { return 0, false }
