package datadir

import (
	"maps"
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
	d.uploads[f.Name] = stamp{f.Size, f.Modified}
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
// there before with the uploads since, which it forgets.
func (d *Dir) renew(v Survey, at time.Time) (before known) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before = d.known
	if before.stamps == nil {
		before.stamps = stamps{}
	}
	maps.Copy(before.stamps, d.uploads)
	d.uploads = nil
	d.known = known{v.stamps, v.cut, at}
	return before
}
