//go:build !linux

package bench

import "errors"

// errNoProc is why memory is not measured.
var errNoProc = errors.New("memory and processes are read from /proc, which only Linux has")

func memoryOf(int) (int64, error) { return 0, errNoProc }

func sandboxes(int) (int, error) { return 0, errNoProc }

func machineMemory() (total, available int64, err error) { return 0, 0, errNoProc }
