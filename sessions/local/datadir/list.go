package datadir

import (
	"cmp"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/await"
	"dynamic-sessions-mcp/sessions/local/tree"
)

// maxListing bounds how many entries a listing has.
const maxListing = 10_000

// maxUnusable bounds how many names that cannot be passed back it has.
const maxUnusable = 50

// listingTime is how long it may take to make one. One that takes longer has
// what was found until then.
const listingTime = 5 * time.Second

// List describes the entries of a folder, in order of name: dir is relative and
// clean, as [sessions.CleanDir] returns it.
func (d *Dir) List(ctx context.Context, dir string, recursive bool) (sessions.Listing, error) {
	listing, err := await.Do(ctx, d.owner, func(ctx context.Context) (sessions.Listing, error) {
		l := lister{ctx: ctx, root: d.root, recursive: recursive, end: time.Now().Add(listingTime)}
		if err := l.list(dir); err != nil {
			return sessions.Listing{}, err
		}
		slices.SortFunc(l.files, func(a, b sessions.File) int { return cmp.Compare(a.Name, b.Name) })
		return sessions.Listing{Files: l.files, Omitted: l.omitted, Unusable: l.unusable}, nil
	})
	return listing, fileError(dir, err)
}

// A lister lists a folder, for as long as it may take.
type lister struct {
	ctx       context.Context
	root      *os.Root
	recursive bool
	end       time.Time
	files     []sessions.File
	omitted   int // -1 once it is many

	unusable []string // names, relative to the data folder
}

// list lists the folder that was asked for, which must exist: those below it
// may go while they are looked at.
func (l *lister) list(dir string) error {
	root, err := l.root.OpenRoot(orDot(dir))
	if err != nil {
		return err
	}
	defer root.Close()
	top, err := tree.Open(root)
	if err != nil {
		return err
	}
	defer top.Close()
	if err = l.folder(top, place{path: dir}, 0); errors.Is(err, errEnough) {
		l.omitted = -1
		return nil
	}
	return err
}

func (l *lister) folder(f *tree.Folder, at place, depth int) error {
	return each(l.ctx, f, func(name string, info tree.Info) error {
		if time.Now().After(l.end) || l.omitted > maxFiles {
			return errEnough
		}
		file, ok := l.describe(at, name, info)
		if !ok || len(l.files) >= maxListing {
			l.omitted++
			l.note(at, name)
			return nil
		}
		l.files = append(l.files, file)
		if !l.recursive || !info.Dir {
			return nil
		}
		if depth == maxDepth {
			return errEnough
		}
		return inside(f, name, func(sub *tree.Folder) error { return l.folder(sub, at.below(name), depth+1) })
	})
}

// note keeps a name that no caller could pass back, so that a person or code
// can do something about it.
func (l *lister) note(at place, name string) {
	if !at.nameless && !strings.HasPrefix(name, partialPrefix) && !listable(join(at.path, name)) && len(l.unusable) < maxUnusable {
		l.unusable = append(l.unusable, join(at.path, name))
	}
}

// describe describes an entry, if it is one that a caller could ask for. A link
// to a file of the session is as good as the file; one that leads out is none.
func (l *lister) describe(at place, name string, info tree.Info) (sessions.File, bool) {
	path, ok := at.file(name)
	switch {
	case !ok:
		return sessions.File{}, false
	case info.Dir:
		return sessions.File{Name: path, Modified: info.Modified.UTC(), Dir: true}, true
	case info.Regular:
		return sessions.File{Name: path, Size: info.Size, Modified: info.Modified.UTC()}, true
	}
	target, err := l.root.Stat(path)
	if err != nil || !target.IsDir() && !target.Mode().IsRegular() {
		return sessions.File{}, false
	}
	return describe(path, target), true
}
