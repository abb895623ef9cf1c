//go:build !windows

package hostfs

import (
	"errors"
	"syscall"
)

// diskFull reports that there is no room on a disk, or none for this user.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func diskReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// inUse reports a file that another program keeps to itself, which only Windows has.
func inUse(error) bool { return false }
