package datadir

import (
	"maps"
	"slices"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// noteUpload records that a caller stored a file: the next execution did not
// make it.
func (d *Dir) noteUpload(f sessions.File) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.uploads == nil {
		d.uploads = stamps{}
	}
	d.uploads[f.Name] = stamp{size: f.Size, modified: f.Modified}
}

// noteRemoval records that a caller removed a file, or a folder: the next execution
// did not.
func (d *Dir) noteRemoval(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	maps.DeleteFunc(d.uploads, func(file string, _ stamp) bool { return within(file, name) })
	for file := range d.known.stamps { // what is not there cannot be missed
		if within(file, name) && !slices.Contains(d.removals, name) {
			d.removals = append(d.removals, name)
			return
		}
	}
}

// within reports whether a file is the one of a name, or is in the folder of that.
func within(file, name string) bool {
	rest, ok := strings.CutPrefix(file, name)
	return ok && (rest == "" || rest[0] == '/')
}

// uploaded reports whether a caller stored a file since the last execution ended.
func (d *Dir) uploaded(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.uploads[name]
	return ok
}

// lastKnown returns what was there before the execution that is under way. Its
// stamps must not be changed.
func (d *Dir) lastKnown() known {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.known
}

// renew replaces what is known by what was found at a time, and returns what was
// there before, changed by what callers stored and removed since, which it forgets.
func (d *Dir) renew(v Survey, at time.Time) (before known) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before = d.known
	if before.stamps == nil {
		before.stamps = stamps{}
	}
	for _, name := range d.removals {
		maps.DeleteFunc(before.stamps, func(file string, _ stamp) bool { return within(file, name) })
	}
	maps.Copy(before.stamps, d.uploads)
	d.uploads, d.removals = nil, nil
	d.known = known{v.stamps, v.cut, v.unnamed, at}
	return before
}
