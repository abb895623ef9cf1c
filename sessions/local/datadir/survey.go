package local

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/local/tree"
)

// A survey is what was found in a session's folder. It takes as long as it
// takes, and is made where nobody who keeps time waits for it.
type survey struct {
	usage
	deep   bool  // folders lie in each other deeper than maxDepth
	held   usage // of it, files that were deleted and are still open
	host   hostDisk
	stamps stamps // nil if they were not asked for
	cut    bool   // stamps does not have every file
}

// errEnough ends a survey whose result is known.
var errEnough = errors.New("there is more than there may be")

// survey looks at all that is in the box's data folder, and at what its
// interpreter holds besides. It gives up at twice the bound on files: by then
// the answer is known.
func (b *box) survey(ctx context.Context, stamped bool) (survey, error) {
	mark, began := b.account.mark(), time.Now()
	top, err := tree.Open(b.root)
	if err != nil {
		return survey{}, err
	}
	defer top.Close()
	v := surveyor{ctx: ctx, account: b.account, linked: map[tree.ID]bool{}}
	if stamped {
		v.stamps = stamps{}
	}
	info, err := top.Stat(".")
	if err != nil {
		return survey{}, err
	}
	v.names.add(info)
	err = v.folder(top, place{}, 0)
	if err != nil && !errors.Is(err, errEnough) {
		return v.survey, err
	}
	v.names.whole = err == nil && !v.deep
	v.held = b.held(info.ID.Device, v.names, began)
	v.usage = v.usage.plus(v.held)
	v.host = b.account.lookAtHost(b.dir)
	v.usage = b.account.set(mark, v.usage)
	return v.survey, nil
}

// A surveyor makes a survey.
type surveyor struct {
	ctx     context.Context
	account *account
	linked  map[tree.ID]bool // files with several names, of which one is counted
	names   names
	survey
}

func (v *surveyor) folder(f *tree.Folder, at place, depth int) error {
	return each(v.ctx, f, func(name string, info tree.Info) error {
		v.count(name, info)
		if v.files > 2*maxFiles {
			return errEnough
		}
		if !info.Dir {
			v.stamp(at, name, info)
			return nil
		}
		v.names.add(info)
		if depth == maxDepth {
			v.deep = true
			return nil
		}
		return inside(f, name, func(sub *tree.Folder) error { return v.folder(sub, at.below(name), depth+1) })
	})
}

func (v *surveyor) count(name string, info tree.Info) {
	if strings.HasPrefix(name, partialPrefix) {
		if taken := v.account.reservedFor(name); taken > 0 {
			v.bytes += max(0, info.Blocks-taken) // code may have written to it
			return
		}
	}
	v.files++
	if info.Links > 1 && !info.Dir {
		if v.linked[info.ID] {
			return
		}
		v.linked[info.ID] = true
	}
	v.bytes += info.Blocks
}

func (v *surveyor) stamp(at place, name string, info tree.Info) {
	if v.stamps == nil || !info.Regular {
		return
	}
	path, ok := at.file(name)
	switch {
	case !ok:
	case len(v.stamps) >= maxStamps:
		v.cut = true
	default:
		v.stamps[path] = stamp{info.Size, info.Modified}
	}
}

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
