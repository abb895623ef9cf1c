package hostfs

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/mistake"
)

// maxListed bounds how many entries a listing has.
const maxListed = 10_000

// An Entry is a file or a folder of the host.
type Entry struct {
	Rel      string // below the folder that is listed, with slashes; "" for a file that is listed itself
	Size     int64  // 0 for a folder
	Modified time.Time
	Dir      bool
}

// A Listing is what there is in a folder.
type Listing struct {
	Entries []Entry // in no order
	// Hidden and Special count entries that are left out, as in [Found].
	Hidden, Special int
	// Cut says that there is more: too much, or too much to find in time.
	Cut bool
}

// errCut ends a listing that has become long.
var errCut = errors.New("the listing is cut")

// List lists what is in a folder; with recursive, also what is in the folders below it.
// A file is listed alone. Errors are mistakes, or that of ctx.
func (h *Folders) List(ctx context.Context, given string, recursive bool) (Listing, error) {
	folder, rel, err := h.locate(given, reading)
	if err != nil {
		return Listing{}, err
	}
	info, err := folder.root.Stat(rel)
	if err != nil {
		return Listing{}, hostError("open", given, err)
	}
	if !info.IsDir() {
		return Listing{Entries: []Entry{{Size: info.Size(), Modified: info.ModTime()}}}, nil
	}
	l := lister{ctx: ctx, folders: h, folder: folder, recursive: recursive, end: time.Now().Add(findingTime)}
	err = l.below(rel, "", 1)
	if errors.Is(err, errCut) {
		l.found.Cut, err = true, nil
	}
	if _, ok := mistake.Text(err); err != nil && !ok && ctx.Err() == nil {
		err = hostError("read", given, err)
	}
	return l.found, err
}

// A lister lists a folder of the host.
type lister struct {
	ctx       context.Context
	folders   *Folders
	folder    hostFolder
	recursive bool
	end       time.Time
	found     Listing
	seen      int
}

func (l *lister) below(dir, prefix string, depth int) error {
	f, err := l.folder.root.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(256)
		for _, e := range entries {
			if err := l.entry(dir, prefix, e, depth); err != nil {
				return err
			}
		}
		if err != nil {
			return nil // the end, or what can be read of it
		}
	}
}

func (l *lister) entry(dir, prefix string, e fs.DirEntry, depth int) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	if l.seen++; len(l.found.Entries) >= maxListed || l.seen%256 == 0 && time.Now().After(l.end) {
		return errCut
	}
	at := filepath.Join(dir, e.Name())
	if !l.folders.readHidden && (userfolders.Hidden(e.Name()) || l.folder.hidden(at) != "") {
		l.found.Hidden++
		return nil
	}
	info, err := l.folder.root.Stat(at)
	if err != nil || !info.Mode().IsRegular() && !info.IsDir() {
		l.found.Special++
		return nil
	}
	entry := Entry{Rel: path.Join(prefix, e.Name()), Modified: info.ModTime(), Dir: info.IsDir()}
	if !entry.Dir {
		entry.Size = info.Size()
	}
	l.found.Entries = append(l.found.Entries, entry)
	if !e.IsDir() || !l.recursive {
		return nil
	}
	if depth == maxDepth {
		return errCut
	}
	if err := l.below(at, entry.Rel, depth+1); err != nil && (errors.Is(err, errCut) || l.ctx.Err() != nil) {
		return err
	}
	return nil
}
