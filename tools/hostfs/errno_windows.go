package hostfs

import (
	"errors"

	"golang.org/x/sys/windows"
)

// diskFull reports that there is no room on a disk, or none for this user.
func diskFull(err error) bool {
	return isAny(err, windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

func diskReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

// inUse reports a file that another program keeps to itself, as Office does.
func inUse(err error) bool {
	return isAny(err, windows.ERROR_SHARING_VIOLATION, windows.ERROR_LOCK_VIOLATION, windows.ERROR_USER_MAPPED_FILE)
}

func isAny(err error, kinds ...error) bool {
	for _, kind := range kinds {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
