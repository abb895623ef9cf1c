package cachedir

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// RemoveTree removes a folder with all its content, whatever code in a session has
// done to it: it copes with folders nested deeper than the longest path, folders
// without permissions, and links. It follows no link, never leaves the folder,
// does not touch disks that are mounted below it, and has at most four files open.
// Removing what does not exist is no error. A link in place of the folder stays.
func RemoveTree(dir string) error {
	parent, err := os.OpenRoot(filepath.Dir(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer parent.Close()
	return removeTree(parent, filepath.Base(dir), nil)
}

// removeTree removes the folder name in parent, and the names in last at the end.
func removeTree(parent *os.Root, name string, last map[string]bool) error {
	top, err := openDir(parent, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer top.Close()
	r := remover{top: top, prefix: rand.Text() + "-"}
	if err := r.empty(func(name string) bool { return !last[name] }); err != nil {
		return err
	}
	if err := r.empty(func(string) bool { return true }); err != nil {
		return err
	}
	return ignoreGone(parent.Remove(name))
}

// A remover empties a folder. It does not descend into a folder that is not empty.
// Instead it moves the folders in it up, next to it, so that no path is longer than
// two names, however deeply folders are nested.
type remover struct {
	top    *os.Root
	prefix string // of the names of what was moved up
	moved  int
}

// empty removes the wanted things, and the folders that it moves up meanwhile.
func (r *remover) empty(wanted func(name string) bool) error {
	for {
		removed, left, err := r.pass(wanted)
		if left == 0 || removed == 0 {
			return err
		}
	}
}

// pass goes through the folder once. It returns how many things it removed, how
// many are left because it could not remove them or moved them up, and the first
// error.
func (r *remover) pass(wanted func(name string) bool) (removed, left int, first error) {
	before := r.moved
	err := each(r.top, func(e fs.DirEntry) {
		if !wanted(e.Name()) {
			return
		}
		if err := r.remove(e); err == nil {
			removed++
		} else {
			left++
			first = firstOf(first, err)
		}
	})
	return removed, left + r.moved - before, firstOf(first, err)
}

func (r *remover) remove(e fs.DirEntry) error {
	err := ignoreGone(r.top.Remove(e.Name()))
	if err == nil || !e.IsDir() || errors.Is(err, syscall.EBUSY) { // a disk is mounted there
		return err
	}
	dir, err := openDir(r.top, e.Name())
	if err != nil {
		return ignoreGone(err)
	}
	var first error
	err = each(dir, func(inner fs.DirEntry) {
		first = firstOf(first, r.takeOut(dir, e.Name(), inner))
	})
	if err := firstOf(first, err, dir.Close()); err != nil {
		return err
	}
	return ignoreGone(r.top.Remove(e.Name()))
}

// takeOut removes a thing in a folder of the top one, or moves it up if it is a
// folder that is not empty.
func (r *remover) takeOut(dir *os.Root, name string, e fs.DirEntry) error {
	err := ignoreGone(dir.Remove(e.Name()))
	if err == nil || !e.IsDir() || errors.Is(err, syscall.EBUSY) {
		return err
	}
	r.moved++
	from, to := filepath.Join(name, e.Name()), r.prefix+strconv.Itoa(r.moved)
	err = r.top.Rename(from, to)
	if errors.Is(err, fs.ErrPermission) { // a folder that is moved is written to
		_ = dir.Chmod(e.Name(), 0o700)
		err = r.top.Rename(from, to)
	}
	if errors.Is(err, syscall.EXDEV) { // an image's layer below a container's
		return dir.RemoveAll(e.Name())
	}
	return ignoreGone(err)
}

// each calls do for every entry of a folder. It reads them in batches: there may be
// a million.
func each(root *os.Root, do func(fs.DirEntry)) error {
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(1024)
		for _, e := range entries {
			do(e)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ignoreGone returns nil for what somebody else has removed already.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
