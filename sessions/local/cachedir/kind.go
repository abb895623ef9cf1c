package cachedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A Kind is a kind of folder that the program creates in its own folder. A folder
// that does not have all the marks of the kind is never removed.
type Kind struct {
	// Form is the form of the names, from ^ to $.
	Form *regexp.Regexp
	// Proof are the files and folders of which one must be inside. They are removed
	// last, so that a folder that is half removed can still be recognized.
	Proof []string
}

// ErrNotOurs says that a folder is not of the expected kind and so is neither
// removed nor replaced.
var ErrNotOurs = errors.New("it was not created by this program and stays as it is")

// Make creates a folder with a new name that begins with prefix, and marks it with
// [Marker], which must be among the proofs of the kind.
func (k Kind) Make(parent, prefix string) (string, error) {
	dir, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return "", err
	}
	if err := Mark(dir); err != nil {
		return "", errors.Join(err, RemoveTree(dir))
	}
	return dir, nil
}

// Check returns nil if the folder path is of the kind. The error wraps
// [fs.ErrNotExist] if nothing is there, and [ErrNotOurs] if it is something else.
func (k Kind) Check(path string) error {
	parent, err := openReal(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer parent.Close()
	_, err = k.check(parent, filepath.Base(path))
	return err
}

// A Found is a folder of a kind.
type Found struct {
	Path    string
	Changed time.Time // the time of the folder itself
}

// List returns the folders of the kind in the folder parent, which is the
// program's. It returns none if parent does not exist or cannot be read.
func (k Kind) List(parent string) []Found {
	root, err := openReal(parent)
	if err != nil {
		return nil
	}
	defer root.Close()
	dir, err := root.Open(".")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what cannot be read is not removed
	var all []Found
	for _, name := range names {
		if info, err := k.check(root, name); err == nil {
			all = append(all, Found{filepath.Join(parent, name), info.ModTime()})
		}
	}
	return all
}

// Remove removes the folder path with all its content if it is of the kind. The
// error wraps [ErrNotOurs] if it is not. Removing what does not exist is no error.
func (k Kind) Remove(path string) error {
	parent, err := openReal(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer parent.Close()
	name := filepath.Base(path)
	switch _, err := k.check(parent, name); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	last := map[string]bool{}
	for _, proof := range k.Proof {
		first, _, _ := strings.Cut(proof, "/")
		last[first] = true
	}
	return removeTree(parent, name, last)
}

func (k Kind) check(parent *os.Root, name string) (fs.FileInfo, error) {
	info, err := parent.Lstat(name)
	if err != nil {
		return nil, err
	}
	refuse := func(why string) error {
		return fmt.Errorf("%s %s: %w", filepath.Join(parent.Name(), name), why, ErrNotOurs)
	}
	switch {
	case !k.Form.MatchString(name):
		return nil, refuse("has a name of another form")
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, refuse("is a link")
	case !info.IsDir():
		return nil, refuse("is not a folder")
	case !mine(info):
		return nil, refuse("belongs to " + owner(info))
	}
	root, err := openDir(parent, name)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if !k.proven(root) {
		return nil, refuse("has none of the files that mark it")
	}
	return info, nil
}

// proven reports whether one of the proofs is in a folder.
func (k Kind) proven(root *os.Root) bool {
	for _, proof := range k.Proof {
		if proof == Marker {
			if _, ok := readMarker(root); ok {
				return true
			}
			continue
		}
		info, err := root.Lstat(proof)
		if err == nil && mine(info) && (info.Mode().IsRegular() || info.IsDir()) {
			return true
		}
	}
	return false
}

// openReal opens a folder that belongs to the user and is not a link.
func openReal(dir string) (*os.Root, error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() || !mine(info) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNotOurs)
	}
	return openSame(info, func() (*os.Root, error) { return os.OpenRoot(dir) })
}

// openDir opens a folder in another one. It first restores the owner's permissions,
// which code in a session may have removed. It refuses links.
func openDir(parent *os.Root, name string) (*os.Root, error) {
	info, err := parent.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a folder: %w", filepath.Join(parent.Name(), name), ErrNotOurs)
	}
	if perm := info.Mode().Perm(); perm&0o700 != 0o700 {
		if err := parent.Chmod(name, perm|0o700); err != nil {
			return nil, err
		}
	}
	return openSame(info, func() (*os.Root, error) { return parent.OpenRoot(name) })
}

// openSame opens a folder and checks that it has not been replaced since want was
// read.
func openSame(want fs.FileInfo, open func() (*os.Root, error)) (*os.Root, error) {
	root, err := open()
	if err != nil {
		return nil, err
	}
	got, err := root.Stat(".")
	if err == nil && !os.SameFile(want, got) {
		err = fmt.Errorf("%s was replaced meanwhile: %w", root.Name(), ErrNotOurs)
	}
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return root, nil
}
