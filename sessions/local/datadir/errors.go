package datadir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"

	"dynamic-sessions-mcp/sessions"
)

func errSpecial(name string) error {
	return fmt.Errorf("%w %q: it is neither a file nor a folder", sessions.ErrInvalidName, name)
}

// fileError puts an error of the file system into the domain's terms. The
// host's path must not show.
func fileError(name string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%s: %w", path.Join(sessions.DataDir, name), fs.ErrNotExist)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return errHostFull()
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w %q: code in the session made it unreadable; chmod it there", sessions.ErrInvalidName, name)
	case isDomain(err):
		return err
	case errors.As(err, &pathErr):
		return fmt.Errorf("%w %q: %w (a link may not lead out of %s)", sessions.ErrInvalidName, name, pathErr.Err, sessions.DataDir)
	case errors.As(err, &linkErr):
		return fmt.Errorf("%w %q: %w", sessions.ErrInvalidName, name, linkErr.Err)
	}
	return err
}

func errHostFull() error {
	return fmt.Errorf("%w: the host's disk has no room left", sessions.ErrDiskFull)
}

// isDomain reports whether an error is already in the domain's terms.
func isDomain(err error) bool {
	for _, known := range []error{
		sessions.ErrInvalidName, sessions.ErrTooLarge, sessions.ErrDiskFull,
		context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}
