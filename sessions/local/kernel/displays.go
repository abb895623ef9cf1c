package kernel

import (
	"crypto/sha256"
	"fmt"
	"mime"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

// A gallery collects the displays of an execution within bounds.
type gallery struct {
	maxCount int
	maxBytes int64
	memory   *budget.Account

	displays []sessions.Display
	ids      map[[sha256.Size]byte]int // sum of a display_id, of any length, to index
	bytes    int64
	dropped  int
	short    bool // some were dropped for want of memory
}

// What a display and one of its forms take beside their bytes: entries of maps,
// headers, what the allocator rounds up.
const (
	displayWeight = 256
	formWeight    = 128
)

// kind returns the MIME type of a part, or "" if that is none.
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

// A load is what a display takes: the bytes of its forms, and all the memory.
type load struct{ bytes, memory int64 }

func (l *load) add(kind string, bytes int) {
	if l.memory == 0 {
		l.memory = displayWeight
	}
	l.bytes += int64(bytes)
	l.memory += int64(bytes+len(kind)) + formWeight
}

// loadOf is that of a display that was read.
func loadOf(d sessions.Display) (l load) {
	for kind, form := range d.Data {
		l.add(kind, len(form))
	}
	return l
}

// weigh returns the types of the parts of a payload of so many bytes, "" for
// what is none, and what they take. More than the most parts take too much.
func (p parts) weigh(left int) (kinds []string, l load, err error) {
	if p.many {
		return nil, load{maxPayload + 1, maxPayload + 1}, nil
	}
	kinds = make([]string, len(p.list))
	for i, one := range p.list {
		if one.size < 0 || one.size > left {
			return nil, l, fmt.Errorf("%w: a part is larger than its frame", ErrProtocol)
		}
		left -= one.size
		if kinds[i] = one.kind(); kinds[i] != "" {
			l.add(kinds[i], one.size)
		}
	}
	if left > 0 {
		return nil, l, fmt.Errorf("%w: a frame is larger than its parts", ErrProtocol)
	}
	return kinds, l, nil
}

// read takes the parts from a payload that have a kind, and passes over the
// others. The caller has made sure that they may be kept.
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

// add reads a display and appends it, or replaces the one of the same id in an
// update.
func (g *gallery) add(id string, update bool, p parts, from *payload) error {
	kinds, l, err := p.weigh(from.left)
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte(id))
	i, known := g.ids[key]
	replace := update && known && id != ""
	if replace {
		g.drop(i)
	}
	if !g.room(l, replace) {
		return from.skip(from.left)
	}
	d, err := p.read(from, kinds)
	switch {
	case err != nil:
		return err
	case replace:
		g.displays[i] = d
		return nil
	case id != "":
		g.name(key)
	}
	g.displays = append(g.displays, d)
	return nil
}

func (g *gallery) name(key [sha256.Size]byte) {
	if g.ids == nil {
		g.ids = make(map[[sha256.Size]byte]int)
	}
	g.ids[key] = len(g.displays)
}

// drop takes what is shown at an index away.
func (g *gallery) drop(i int) {
	old := loadOf(g.displays[i])
	g.displays[i] = sessions.Display{}
	g.bytes -= old.bytes
	g.memory.Give(old.memory)
}

// room takes room for a display, and reports whether there is so much. Nothing
// to see is nothing missed.
func (g *gallery) room(l load, replace bool) bool {
	if l.memory == 0 {
		return false
	}
	if g.bytes+l.bytes > g.maxBytes || !replace && len(g.displays) >= g.maxCount {
		g.dropped++
		return false
	}
	if !g.memory.Take(l.memory) {
		g.dropped++
		g.short = true
		return false
	}
	g.bytes += l.bytes
	return true
}

// addRead adds a display that was read, and for which memory was taken.
func (g *gallery) addRead(d sessions.Display) {
	l := loadOf(d)
	if g.bytes+l.bytes > g.maxBytes || len(g.displays) >= g.maxCount {
		g.dropped++
		g.memory.Give(l.memory)
		return
	}
	g.bytes += l.bytes
	g.displays = append(g.displays, d)
}

// shown returns the displays, without those that an update emptied.
func (g *gallery) shown() []sessions.Display {
	var shown []sessions.Display
	for _, d := range g.displays {
		if len(d.Data) > 0 {
			shown = append(shown, d)
		}
	}
	return shown
}
