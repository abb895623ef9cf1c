package datadir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"

	"dynamic-sessions-mcp/sessions/local/tree"
)

// each calls do with every entry of a folder.
func each(ctx context.Context, f *tree.Folder, do func(string, tree.Info) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		names, err := f.Names(256)
		for _, name := range names {
			info, err := f.Stat(name)
			if err != nil {
				continue // gone meanwhile
			}
			if err := do(name, info); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || isGone(err) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// inside calls do with the folder of a name, if it is there.
func inside(f *tree.Folder, name string, do func(*tree.Folder) error) error {
	sub, err := f.Enter(name)
	if err != nil {
		if isGone(err) {
			return nil
		}
		return err
	}
	defer sub.Close()
	return do(sub)
}

// isGone reports whether a folder is none any more.
func isGone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || notFolder(err)
}

// A place is a folder below the data folder, if callers could name it.
type place struct {
	path     string
	nameless bool
}

func (p place) below(name string) place {
	path, ok := p.file(name)
	return place{path, !ok}
}

// file returns the name of an entry, and whether a caller could pass it back.
func (p place) file(name string) (string, bool) {
	if p.nameless || strings.HasPrefix(name, partialPrefix) {
		return "", false
	}
	path := join(p.path, name)
	return path, listable(path)
}
