//go:build !linux

package python

import "math"

// Nothing is installed on other systems, so this is never asked.
func freeSpace(string) (uint64, error) { return math.MaxUint64, nil }
