package kernel

import (
	"crypto/sha256"
	"fmt"
	"mime"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// displays collects the displays of an execution within bounds.
type displays struct {
	maxCount int
	maxBytes int64
	memory   *budget.Account

	list    []sessions.Display
	ids     map[[sha256.Size]byte]int // index by the sum of a display_id, which may be long
	bytes   int64
	dropped int
	short   bool // some were dropped because there was no memory
}

// What a display and one of its forms take beside their bytes: entries of maps,
// headers, what the allocator rounds up.
const (
	displayOverhead = 256
	formOverhead    = 128
)

// kind returns the MIME type of a part, or "" if it has none.
func (p part) kind() string {
	if len(p.mime) > 255 {
		return ""
	}
	kind, _, err := mime.ParseMediaType(p.mime)
	if err != nil || !strings.Contains(kind, "/") {
		return ""
	}
	return kind
}

// A cost is what a display takes: the bytes of its forms, and all its memory.
type cost struct{ bytes, memory int64 }

func (c *cost) add(kind string, bytes int) {
	if c.memory == 0 {
		c.memory = displayOverhead
	}
	c.bytes += int64(bytes)
	c.memory += int64(bytes+len(kind)) + formOverhead
}

// costOf returns what a display takes that was read.
func costOf(d sessions.Display) (c cost) {
	for kind, form := range d.Data {
		c.add(kind, len(form))
	}
	return c
}

// weigh returns the types of the parts of a payload of left bytes, "" for a part
// without one, and what the others take. More than maxParts take too much.
func (p parts) weigh(left int) (kinds []string, c cost, err error) {
	if p.many {
		return nil, cost{maxPayload + 1, maxPayload + 1}, nil
	}
	kinds = make([]string, len(p.list))
	for i, one := range p.list {
		if one.size < 0 || one.size > left {
			return nil, c, fmt.Errorf("%w: a part is larger than its frame", ErrProtocol)
		}
		left -= one.size
		if kinds[i] = one.kind(); kinds[i] != "" {
			c.add(kinds[i], one.size)
		}
	}
	if left > 0 {
		return nil, c, fmt.Errorf("%w: a frame is larger than its parts", ErrProtocol)
	}
	return kinds, c, nil
}

// read takes the parts that have a kind from a payload and skips the others. The
// caller has reserved memory for them.
func (p parts) read(from *payload, kinds []string) (d sessions.Display, err error) {
	d.Data = make(map[string][]byte, len(kinds))
	for i, kind := range kinds {
		if kind == "" {
			err = from.skip(p.list[i].size)
		} else {
			d.Data[kind], err = from.next(p.list[i].size)
		}
		if err != nil {
			return d, err
		}
	}
	return d, nil
}

// add reads a display and appends it, or replaces the one with the same id if it is an
// update. It returns the place of the display in the list, -1 if there was no room for
// it, and whether the place is new.
func (d *displays) add(id string, update bool, p parts, from *payload) (place int, added bool, err error) {
	kinds, c, err := p.weigh(from.left)
	if err != nil {
		return -1, false, err
	}
	replace := update && d.knows(id)
	key := sha256.Sum256([]byte(id))
	i := d.ids[key]
	if replace {
		d.clear(i)
	}
	if !d.reserve(c, replace) {
		return -1, false, from.skip(from.left)
	}
	display, err := p.read(from, kinds)
	switch {
	case err != nil:
		return -1, false, err
	case replace:
		d.list[i] = display
		return i, false, nil
	case id != "":
		d.register(key)
	}
	d.list = append(d.list, display)
	return len(d.list) - 1, true, nil
}

// register gives the next display an id.
func (d *displays) register(key [sha256.Size]byte) {
	if d.ids == nil {
		d.ids = make(map[[sha256.Size]byte]int)
	}
	d.ids[key] = len(d.list)
}

// knows reports whether there is a display of an id, which an update replaces.
func (d *displays) knows(id string) bool {
	_, known := d.ids[sha256.Sum256([]byte(id))]
	return known && id != ""
}

// clearAll forgets all displays: the code cleared its output.
func (d *displays) clearAll() {
	for i := range d.list {
		d.clear(i)
	}
	d.list, d.ids, d.dropped = nil, nil, 0
}

// clear empties the display at an index.
func (d *displays) clear(i int) {
	old := costOf(d.list[i])
	d.list[i] = sessions.Display{}
	d.bytes -= old.bytes
	d.memory.Give(old.memory)
}

// reserve takes memory for a display and reports whether it may be read. One that
// is refused counts as dropped, unless it has no form that can be shown.
func (d *displays) reserve(c cost, replace bool) bool {
	if c.memory == 0 {
		return false
	}
	if d.bytes+c.bytes > d.maxBytes || !replace && len(d.list) >= d.maxCount {
		d.dropped++
		return false
	}
	if !d.memory.Take(c.memory) {
		d.dropped++
		d.short = true
		return false
	}
	d.bytes += c.bytes
	return true
}

// addReserved adds a display that was read, and whose memory was taken. It reports
// whether there was room.
func (d *displays) addReserved(display sessions.Display) bool {
	c := costOf(display)
	if d.bytes+c.bytes > d.maxBytes || len(d.list) >= d.maxCount {
		d.dropped++
		d.memory.Give(c.memory)
		return false
	}
	d.bytes += c.bytes
	d.list = append(d.list, display)
	return true
}

// visible returns the displays without those that an update emptied, and the index
// of each display among them, -1 for those.
func (d *displays) visible() (visible []sessions.Display, indexes []int) {
	indexes = make([]int, len(d.list))
	for i, one := range d.list {
		indexes[i] = -1
		if len(one.Data) > 0 {
			indexes[i] = len(visible)
			visible = append(visible, one)
		}
	}
	return visible, indexes
}
