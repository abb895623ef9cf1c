package hostfs

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/glob"
	"dynamic-sessions-mcp/tools/hostpath"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	// maxFound bounds how many files are found at once, maxSeen how many entries of
	// folders are looked at, and findingTime how long that takes.
	maxFound    = 1000
	maxSeen     = 200_000
	findingTime = 10 * time.Second
	maxDepth    = 64
)

// Found are the files that a path of the host means.
type Found struct {
	// Name is the last part of the path of the folder that has all of the files; of a
	// single file its own name.
	Name string
	// Single says that the path names one file, rather than a folder or a pattern.
	Single bool
	Files  []FoundFile // in order of path
	// Hidden and Special count entries that are left out: hidden ones, and what is
	// neither a file nor a folder, such as a link that leads out.
	Hidden, Special int
}

// A FoundFile is a file of the host.
type FoundFile struct {
	Rel  string // below the folder that has all of the files, with slashes
	Size int64

	folder hostFolder
	path   string // below folder
}

// Open opens a file that was found, as [Folders.OpenFile] does.
func (f FoundFile) Open() (io.ReadSeekCloser, error) {
	file, info, err := openRegular(f.folder, f.path, filepath.Join(f.folder.path, f.path))
	if err != nil {
		return nil, err
	}
	return newOpenedFile(file, info, f.Rel), nil
}

// Find finds the files that a path means, which may be relative to one of the
// folders: a file, all files below a folder, or those that match a pattern (package
// glob). Hidden ones are left out, unless they may be read. Errors are mistakes, or
// that of ctx; more than 1000 files are one.
func (h *Folders) Find(ctx context.Context, given string) (Found, error) {
	folder, rel, err := h.locate(given, reading)
	if err == nil {
		return h.findAt(ctx, folder, rel, given)
	}
	slashed := filepath.ToSlash(given)
	if !glob.HasMeta(slashed) {
		return Found{}, err
	}
	dir, text := glob.Base(slashed)
	pattern, wrong := glob.Parse(text)
	if wrong != nil {
		return Found{}, mistake.Errorf("%s is no pattern: %v. Give for example %s or %s.", prose.Line(given, 200), wrong,
			hostpath.Short("data/*.csv"), hostpath.Short("data/**/*.png"))
	}
	if strings.Contains("/"+text+"/", "/../") {
		return Found{}, mistake.Errorf("%s has .. after a wildcard, which leads nowhere in particular. Give the folder first, then the pattern.", prose.Line(given, 200))
	}
	found, err := h.findIn(ctx, filepath.FromSlash(dir), pattern)
	if err == nil && len(found.Files) == 0 {
		err = mistake.Errorf("No file matches %s%s. Check the path with the user; ** matches folders of any depth, and * only within one.", prose.Line(given, 200), found.leftOut())
	}
	return found, err
}

// leftOut says why there may be nothing.
func (f Found) leftOut() string {
	if f.Hidden > 0 {
		return ", leaving out what is hidden"
	}
	return ""
}

// findAt finds what is at a path that exists.
func (h *Folders) findAt(ctx context.Context, folder hostFolder, rel, given string) (Found, error) {
	info, err := folder.root.Stat(rel)
	if err != nil {
		return Found{}, hostError("open", given, err)
	}
	name := filepath.Base(filepath.Join(folder.path, rel))
	if !info.IsDir() {
		return Found{Name: filepath.Base(given), Single: true, Files: []FoundFile{{Rel: filepath.Base(given), Size: info.Size(), folder: folder, path: rel}}}, nil
	}
	w := walk{ctx: ctx, folders: h, folder: folder, end: time.Now().Add(findingTime), shown: given, depth: maxDepth}
	err = w.below(rel, "", 1)
	return w.result(name), err
}

// findIn finds what matches a pattern below a folder: of a relative one below that of
// this path in the first open folder that has any.
func (h *Folders) findIn(ctx context.Context, dir string, pattern glob.Pattern) (found Found, err error) {
	if filepath.IsAbs(dir) {
		return h.findBelow(ctx, dir, pattern)
	}
	for _, f := range h.folders {
		some, folderErr := h.findBelow(ctx, filepath.Join(f.path, dir), pattern)
		if folderErr == nil && len(some.Files) > 0 {
			return some, nil
		}
		err = cmp.Or(err, folderErr)
		found.Hidden += some.Hidden
	}
	return found, err
}

// findBelow finds what matches a pattern below a folder.
func (h *Folders) findBelow(ctx context.Context, dir string, pattern glob.Pattern) (Found, error) {
	folder, rel, err := h.locate(dir, reading)
	if err != nil {
		return Found{}, err
	}
	w := walk{ctx: ctx, folders: h, folder: folder, end: time.Now().Add(findingTime), shown: pattern.String(), pattern: &pattern, depth: maxDepth}
	if n := pattern.Depth(); n >= 0 {
		w.depth = min(n, maxDepth)
	}
	err = w.below(rel, "", 1)
	return w.result(filepath.Base(filepath.Join(folder.path, rel))), err
}

// A walk goes through a folder of the host, following no links but those to files.
type walk struct {
	ctx     context.Context
	folders *Folders
	folder  hostFolder
	pattern *glob.Pattern // nil for everything
	depth   int
	end     time.Time
	shown   string // the path as it was given

	found Found
	seen  int
}

func (w *walk) result(name string) Found {
	w.found.Name = name
	slices.SortFunc(w.found.Files, func(a, b FoundFile) int { return strings.Compare(a.Rel, b.Rel) })
	return w.found
}

// below looks at a folder, whose path below the one that was given is prefix.
func (w *walk) below(dir, prefix string, depth int) error {
	f, err := w.folder.root.Open(dir)
	if err != nil {
		if prefix != "" {
			w.found.Special++ // it cannot be read, or is gone
			return nil
		}
		return hostError("read", w.shown, err)
	}
	defer f.Close()
	for {
		entries, err := f.ReadDir(256)
		for _, e := range entries {
			if err := w.entry(dir, prefix, e, depth); err != nil {
				return err
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) || prefix != "" {
				return nil
			}
			return hostError("read", w.shown, err)
		}
	}
}

func (w *walk) entry(dir, prefix string, e fs.DirEntry, depth int) error {
	if err := w.check(); err != nil {
		return err
	}
	at, rel := filepath.Join(dir, e.Name()), path.Join(prefix, e.Name())
	if !w.folders.readHidden && (userfolders.Hidden(e.Name()) || w.folder.hidden(at) != "") {
		if !e.IsDir() || w.pattern == nil {
			w.found.Hidden++
		}
		return nil
	}
	if e.IsDir() {
		if depth >= w.depth {
			return nil
		}
		return w.below(at, rel, depth+1)
	}
	if w.pattern != nil && !w.pattern.Match(rel) {
		return nil
	}
	info, err := w.folder.root.Stat(at)
	if err != nil || !info.Mode().IsRegular() {
		w.found.Special++
		return nil
	}
	if e.Type()&os.ModeSymlink != 0 && !w.linkVisible(at) {
		w.found.Hidden++
		return nil
	}
	if len(w.found.Files) == maxFound {
		return mistake.Errorf("%s means more than %d files. Narrow it with a pattern such as %s, or upload a part of them at a time.",
			prose.Line(w.shown, 200), maxFound, hostpath.Short("data/2026-*.csv"))
	}
	w.found.Files = append(w.found.Files, FoundFile{Rel: rel, Size: info.Size(), folder: w.folder, path: at})
	return nil
}

// linkVisible reports whether a link leads to something that is not hidden.
func (w *walk) linkVisible(at string) bool {
	_, _, err := w.folders.locate(filepath.Join(w.folder.path, at), reading)
	return err == nil
}

// check returns why no more may be looked at.
func (w *walk) check() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.seen++; w.seen > maxSeen || w.seen%256 == 0 && time.Now().After(w.end) {
		return mistake.Errorf("%s was not looked through: there are too many files and folders, %d so far. Name the folder that has the files more exactly.",
			prose.Line(w.shown, 200), w.seen)
	}
	return nil
}
