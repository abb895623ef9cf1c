package cachedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// folderName is what the program's folder is called in a folder that has other things
// in it, such as the user's cache folder.
const folderName = "dynamic-sessions-mcp"

// ErrUnusable is wrapped by the errors of [Open], [Locate] and [Subfolder]. They
// say which folder cannot be used, why, and what to do about it.
var ErrUnusable = errors.New("the cache folder cannot be used")

// Default returns the cache folder for users who name none.
func Default() (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: the cache folder of the user is unknown (%w); name one with --cache-dir or set HOME", ErrUnusable, err)
	}
	return filepath.Join(user, folderName), nil
}

// Locate returns the program's folder for the folder dir that the user named, and
// does not create it. "" stands for [Default]. The program's folder is dir itself
// if dir does not exist, is empty, or is the program's already. If dir has other
// things in it, it is the folder "dynamic-sessions-mcp" in dir. Links on the way to
// dir are followed; links below it are not.
func Locate(dir string) (string, error) {
	if dir == "" {
		var err error
		if dir, err = Default(); err != nil {
			return "", err
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w; name another with --cache-dir", ErrUnusable, err)
	}
	real, missing, err := resolve(dir)
	if err != nil {
		return "", err
	}
	if err := checkParents(real); err != nil {
		return "", err
	}
	if missing != "" {
		return filepath.Join(real, missing), checkParent(real)
	}
	return choose(real)
}

// Open returns the same folder as [Locate] and makes it the program's: the folder
// then exists, has the marker, is writable, and is closed to other users, unless
// [Share] has opened it.
func Open(dir string) (string, error) {
	path, err := Locate(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", explain(path, err)
	}
	// What was missing a moment ago may be somebody else's by now.
	if err := checkParents(path); err != nil {
		return "", err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return "", explain(path, err)
	}
	if err := checkOwn(path, info); err != nil {
		return "", err
	}
	if err := writable(path); err != nil {
		return "", explain(path, err)
	}
	if mode := private(path); info.Mode().Perm() != mode {
		if err := os.Chmod(path, mode); err != nil {
			return "", explain(path, err)
		}
	}
	if err := Mark(path); err != nil {
		return "", explain(path, err)
	}
	return path, nil
}

// Subfolder returns the folder name in the program's folder dir, and creates it if
// it does not exist. It refuses links and folders of other users.
func Subfolder(dir, name string) (string, error) {
	path := filepath.Join(dir, name)
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", explain(path, err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		return "", explain(path, err)
	}
	return path, checkOwn(path, info)
}

// choose decides between an existing folder and a folder in it.
func choose(dir string) (string, error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return "", explain(dir, err)
	}
	if !info.IsDir() {
		return "", explain(dir, syscall.ENOTDIR)
	}
	if mine(info) && !shared(info) {
		if err := checkOwn(dir, info); err != nil {
			return "", err
		}
		fits, err := ours(dir)
		if err != nil || fits {
			return dir, err
		}
	}
	if err := checkParent(dir); err != nil {
		return "", err
	}
	return within(dir)
}

// within returns the program's folder in a folder that has other things in it.
func within(dir string) (string, error) {
	path := filepath.Join(dir, folderName)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err != nil {
		return "", explain(path, err)
	}
	if err := checkOwn(path, info); err != nil {
		return "", err
	}
	fits, err := ours(path)
	if err == nil && !fits {
		err = fmt.Errorf("%w: %s contains files that are not the program's, and so does %s; name another folder with --cache-dir", ErrUnusable, dir, path)
	}
	return path, err
}

// resolve follows the links on the way to dir and returns the part of the path
// that exists and the part that does not.
func resolve(dir string) (real, missing string, err error) {
	for {
		if err := checkLinks(dir); err != nil {
			return "", "", err
		}
		real, err = filepath.EvalSymlinks(dir)
		if err == nil {
			return real, missing, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", "", explain(dir, err)
		}
		if _, err := os.Lstat(dir); err == nil {
			return "", "", fmt.Errorf("%w: %s is a link to a folder that does not exist; create that folder, or name another with --cache-dir", ErrUnusable, dir)
		}
		missing = filepath.Join(filepath.Base(dir), missing)
		dir = filepath.Dir(dir)
	}
}
