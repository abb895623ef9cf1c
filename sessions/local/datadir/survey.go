package datadir

import (
	"context"
	"errors"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/local/tree"
)

// A Survey is what was found in a folder at one moment. It takes as long as it
// takes, and is made where nobody who keeps time waits for it.
type Survey struct {
	usage
	deep bool // folders lie in each other deeper than maxDepth
	// largest are those that take the most of it.
	largest largest
	held    usage // of it, files that were deleted and are still open
	host    HostDisk
	stamps  stamps // nil if they were not asked for
	cut     bool   // stamps does not have every file
	unnamed int    // regular files whose names no caller could pass back
}

// errEnough ends a survey whose result is known.
var errEnough = errors.New("there is more than there may be")

// survey looks at everything in the folder, and at what the process holds
// besides. It gives up at twice the bound on files: by then the answer is known.
func (d *Dir) survey(ctx context.Context, stamped bool) (Survey, error) {
	mark, began := d.beginCount(), time.Now()
	top, err := tree.Open(d.root)
	if err != nil {
		return Survey{}, err
	}
	defer top.Close()
	v := surveyor{ctx: ctx, dir: d, linked: map[tree.ID]bool{}}
	if stamped {
		v.stamps = stamps{}
	}
	info, err := top.Stat(".")
	if err != nil {
		return Survey{}, err
	}
	v.names.add(info)
	err = v.folder(top, place{}, 0)
	if err != nil && !errors.Is(err, errEnough) {
		return v.Survey, err
	}
	v.names.whole = err == nil && !v.deep
	v.held = d.held(info.ID.Device, v.names, began)
	v.usage = v.usage.plus(v.held)
	v.host = d.hostDisk(d.path)
	v.usage = d.endCount(mark, v.usage)
	return v.Survey, nil
}

// A surveyor makes a survey.
type surveyor struct {
	ctx    context.Context
	dir    *Dir
	linked map[tree.ID]bool // files with several names, of which one is counted
	names  names
	Survey
}

func (v *surveyor) folder(f *tree.Folder, at place, depth int) error {
	return each(v.ctx, f, func(name string, info tree.Info) error {
		v.count(name, info)
		if v.files > 2*maxFiles {
			return errEnough
		}
		if !info.Dir {
			v.stamp(at, name, info)
			v.largest.add(at, name, info)
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
		if taken := v.dir.reservedFor(name); taken > 0 {
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
		if !strings.HasPrefix(name, partialPrefix) {
			v.unnamed++
		}
	case len(v.stamps) >= maxStamps:
		v.cut = true
	default:
		v.stamps[path] = stamp{info.Size, info.Modified, info.ID}
	}
}
