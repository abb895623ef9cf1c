package cachedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// The rules are those of ssh for its files: what the program trusts belongs to the
// user, and nobody else can change or replace it.

// checkOwn refuses what is not a folder that only the user may write to.
func checkOwn(path string, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%w: %s is a link, and links are not followed there; remove the link, or name another folder with --cache-dir", ErrUnusable, path)
	case !info.IsDir():
		return explain(path, syscall.ENOTDIR)
	case !mine(info):
		return foreign(path, info)
	case othersMayWrite(info):
		return open(path)
	}
	return nil
}

// checkParents checks every folder above path.
func checkParents(path string) error {
	for dir := filepath.Dir(path); dir != path; path, dir = dir, filepath.Dir(dir) {
		if err := checkParent(dir); err != nil {
			return err
		}
	}
	return nil
}

// checkParent refuses a folder in which somebody other than root could put
// another folder in the place of the program's.
func checkParent(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return explain(dir, err)
	case !info.IsDir():
		return explain(dir, syscall.ENOTDIR)
	case !mine(info) && !systems(info):
		return foreign(dir, info)
	case othersMayWrite(info) && info.Mode()&fs.ModeSticky == 0:
		return open(dir)
	}
	return nil
}

// checkLinks refuses a path that goes through another user's link.
func checkLinks(path string) error {
	for {
		info, err := os.Lstat(path)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 && !mine(info) && !systems(info) {
			return foreign(path, info)
		}
		dir := filepath.Dir(path)
		if dir == path {
			return nil
		}
		path = dir
	}
}

// shared reports whether everybody may use a folder, as with /tmp.
func shared(info fs.FileInfo) bool {
	return othersMayWrite(info) && info.Mode()&fs.ModeSticky != 0
}

func foreign(path string, info fs.FileInfo) error {
	return fmt.Errorf("%w: %s belongs to %s and not to the user who runs this program; run it as that user, or name a folder of your own with --cache-dir",
		ErrUnusable, path, owner(info))
}

func open(path string) error {
	return fmt.Errorf("%w: other users may write to %s and could change the programs in it; run 'chmod go-w %s', or name another folder with --cache-dir",
		ErrUnusable, path, path)
}

// explain says why a folder cannot be used, for an error of the file system.
func explain(path string, err error) error {
	if errors.Is(err, ErrUnusable) {
		return err
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
		if filepath.IsAbs(at.Path) && filepath.Base(at.Path) != Marker {
			path = at.Path
		}
	}
	const another = "name another folder with --cache-dir"
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: %s is not a folder (%w); %s", ErrUnusable, path, err, another)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %s is on a disk that is mounted read-only (%w); mount it read-write, or %s", ErrUnusable, path, err, another)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: the disk of %s is full (%w); free some space, or %s", ErrUnusable, path, err, another)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: this user may not create %s or write to it (%w); make it writable, or %s", ErrUnusable, path, err, another)
	}
	return fmt.Errorf("%w: %s: %w; make it writable, or %s", ErrUnusable, path, err, another)
}

// Explain turns an error of the file system below the program's folder dir into
// one that users understand. It returns other errors as they are.
func Explain(dir string, err error) error {
	for _, kind := range []error{syscall.EROFS, syscall.ENOSPC, syscall.EDQUOT} {
		if errors.Is(err, kind) {
			return explain(dir, err)
		}
	}
	return err
}
