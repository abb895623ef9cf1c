package local

import (
	"cmp"
	"context"
	"os"
	"slices"

	"dynamic-sessions-mcp/sessions"
)

// maxListing bounds how many entries a listing has.
const maxListing = 10_000

// List implements [sessions.Pool].
func (p *Pool) List(ctx context.Context, id sessions.ID, dir string, recursive bool) (sessions.Listing, error) {
	dir, err := sessions.CleanDir(dir)
	if err != nil {
		return sessions.Listing{}, err
	}
	s, release, err := p.acquire(ctx, id)
	if err != nil {
		return sessions.Listing{}, err
	}
	defer release()
	l := lister{root: s.box.root, recursive: recursive}
	if err := l.add(dir); err != nil {
		return sessions.Listing{}, p.fileError(s, dir, err)
	}
	slices.SortFunc(l.files, func(a, b sessions.File) int { return cmp.Compare(a.Name, b.Name) })
	return sessions.Listing{Files: l.files, Omitted: l.omitted}, nil
}

type lister struct {
	root      *os.Root
	recursive bool
	files     []sessions.File
	omitted   int
}

// add lists a folder. Only the folder that was asked for must exist: those
// below it may go while they are looked at.
func (l *lister) add(dir string) error {
	f, err := l.root.Open(orDot(dir))
	if err != nil {
		return err
	}
	entries, err := f.ReadDir(-1)
	f.Close()
	if err != nil && len(entries) == 0 {
		return err
	}
	for _, e := range entries {
		name := join(dir, e.Name())
		// Stat, not Lstat: a link to a file of the session is as good as the
		// file, and one that leads out gives an error.
		info, err := l.root.Stat(name)
		ok := err == nil && (info.IsDir() || info.Mode().IsRegular()) && listable(name)
		if !ok || len(l.files) >= maxListing {
			l.omitted++
			continue
		}
		l.files = append(l.files, describe(name, info))
		if l.recursive && e.IsDir() {
			_ = l.add(name)
		}
	}
	return nil
}
