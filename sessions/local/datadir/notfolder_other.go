//go:build !unix

package datadir

import (
	"errors"
	"syscall"
)

// notFolder reports whether an error says that something is no folder.
func notFolder(err error) bool { return errors.Is(err, syscall.ENOTDIR) }
