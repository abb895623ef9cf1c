package cachedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// DefaultShared is where programs look for what is installed for all users.
const DefaultShared = "/usr/lib/" + folderName

// NoShared stands for no such folder.
const NoShared = "none"

// Shared returns the folder dir, in which somebody has installed for all users of
// this machine what they use and never change; "" stands for [DefaultShared]. It is a
// program's folder that [Share] has opened. It and the folders above it must belong to
// root or to the user, and nobody else may write to them. The error wraps
// [fs.ErrNotExist] if there is none.
func Shared(dir string) (string, error) {
	switch dir {
	case NoShared:
		return "", fs.ErrNotExist
	case "":
		dir = DefaultShared
	}
	if err := checkLinks(dir); err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(filepath.Join(real, sharedMarker)); err != nil {
		return "", err
	}
	if err := errors.Join(checkParent(real), checkParents(real)); err != nil {
		return "", fmt.Errorf("what is installed for all users is not used: %w", err)
	}
	return real, nil
}

// sharedMarker is the file that opens the program's folder to all users.
const sharedMarker = ".shared"

// Share opens the program's folder dir, and the folders named in it with all that is
// in them, to all users, to read. [Open] leaves it open from then on.
func Share(dir string, names ...string) error {
	for _, name := range names {
		if err := readable(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, sharedMarker), nil, 0o644); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// readable lets all users read a tree. It follows no link.
func readable(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil || !entry.IsDir() && !info.Mode().IsRegular() {
			return err
		}
		mode := info.Mode().Perm() | 0o444
		if entry.IsDir() || mode&0o100 != 0 {
			mode |= 0o111
		}
		if mode == info.Mode().Perm() {
			return nil
		}
		return os.Chmod(path, mode)
	})
}

// private returns the rights of the program's folder.
func private(dir string) fs.FileMode {
	if _, err := os.Lstat(filepath.Join(dir, sharedMarker)); err == nil {
		return 0o755
	}
	return 0o700
}
