//go:build unix

package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"
)

const (
	// removeDepth is how many folders below each other are open while they are
	// removed. What is deeper is moved up first.
	removeDepth = 64
	// removeRounds is how often a folder is emptied that others fill meanwhile.
	removeRounds = 10
	batch        = 1000
)

// RemoveAll removes an entry with all that is in it, however deep, until ctx
// ends.
func (f *Folder) RemoveAll(ctx context.Context, name string) error {
	info, err := f.Stat(name)
	if err != nil {
		return err
	}
	if !info.Dir {
		return f.Remove(name, false)
	}
	top, err := f.Enter(name)
	if err != nil {
		return err
	}
	defer top.file.Close() // whose rights are not to be given back
	r := remover{ctx: ctx, top: top}
	for range removeRounds {
		if err = r.empty(top, removeDepth); err != nil {
			return err
		}
		if err = f.Remove(name, true); err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
	}
	return err
}

// A remover empties a folder.
type remover struct {
	ctx   context.Context
	top   *Folder
	moved int // folders that were moved up
}

// empty removes what is in a folder. What is added meanwhile may stay.
func (r *remover) empty(f *Folder, depth int) error {
	if err := f.own(); err != nil {
		return err
	}
	for removed := true; removed; {
		removed = false
		if err := f.rewind(); err != nil {
			return err
		}
		for {
			names, err := f.Names(batch)
			for _, name := range names {
				if err := r.remove(f, name, depth); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				removed = true
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *remover) remove(f *Folder, name string, depth int) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	info, err := f.Stat(name)
	if err != nil || !info.Dir {
		return errors.Join(err, f.Remove(name, false))
	}
	if depth == 0 {
		return r.moveUp(f, name)
	}
	sub, err := f.Enter(name)
	if err != nil {
		return err
	}
	defer sub.file.Close()
	if err := r.empty(sub, depth-1); err != nil {
		return err
	}
	return ignoreNotEmpty(f.Remove(name, true)) // the next round finds it
}

// moveUp moves a folder to the top, which is emptied until nothing is in it.
func (r *remover) moveUp(f *Folder, name string) error {
	if _, err := f.makeReadable(name); err != nil { // to be moved it must be writable
		return err
	}
	for {
		r.moved++
		err := unix.Renameat(f.fd(), name, r.top.fd(), fmt.Sprintf(".removed-%d", r.moved))
		if !errors.Is(err, unix.ENOTEMPTY) && !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.ENOTDIR) {
			return err
		}
		if err := r.ctx.Err(); err != nil {
			return err
		}
	}
}

func ignoreNotEmpty(err error) error {
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}
