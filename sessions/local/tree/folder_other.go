//go:build !unix

package tree

import (
	"context"
	"os"
)

// A Folder is an open folder.
type Folder struct {
	root  *os.Root
	lent  bool // root is the caller's
	names *os.File
}

// Open opens the folder that root is.
func Open(root *os.Root) (*Folder, error) { return newFolder(root, true) }

func newFolder(root *os.Root, lent bool) (*Folder, error) {
	names, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	return &Folder{root: root, lent: lent, names: names}, nil
}

// Close closes the folder.
func (f *Folder) Close() {
	f.names.Close()
	if !f.lent {
		f.root.Close()
	}
}

// Names returns the names of the next entries, at most n of them, and io.EOF
// after the last.
func (f *Folder) Names(n int) ([]string, error) { return f.names.Readdirnames(n) }

// Enter opens the folder of a name.
func (f *Folder) Enter(name string) (*Folder, error) {
	sub, err := f.root.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	folder, err := newFolder(sub, false)
	if err != nil {
		sub.Close()
	}
	return folder, err
}

// Stat describes an entry.
func (f *Folder) Stat(name string) (Info, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return Info{}, err
	}
	return Info{
		Size:     info.Size(),
		Blocks:   info.Size(),
		Modified: info.ModTime(),
		Changed:  info.ModTime(),
		Dir:      info.IsDir(),
		Regular:  info.Mode().IsRegular(),
		Links:    1,
	}, nil
}

// Remove removes an entry; a folder must be empty.
func (f *Folder) Remove(name string, _ bool) error { return f.root.Remove(name) }

// Truncate cuts a file to a size.
func (f *Folder) Truncate(name string, size int64) error {
	file, err := f.root.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Truncate(size)
}

// RemoveAll removes an entry with all that is in it, unless ctx has ended.
func (f *Folder) RemoveAll(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.root.RemoveAll(name)
}
