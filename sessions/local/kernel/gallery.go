package kernel

import (
	"mime"
	"strings"

	"dynamic-sessions-mcp/sessions"
)

// A gallery collects the displays of an execution within bounds.
type gallery struct {
	maxCount int
	maxBytes int64

	displays []sessions.Display
	ids      map[string]int // display_id to index
	bytes    int64
	dropped  int
}

// display makes a Display of the parts of a frame, without those whose type is
// no MIME type.
func display(parts []part, forms [][]byte) sessions.Display {
	d := sessions.Display{Data: make(map[string][]byte, len(parts))}
	for i, p := range parts {
		if kind, _, err := mime.ParseMediaType(p.mime); err == nil && strings.Contains(kind, "/") {
			d.Data[kind] = forms[i]
		}
	}
	return d
}

// add appends a display, or replaces the one of the same id in an update.
func (g *gallery) add(id string, update bool, d sessions.Display) {
	size := weight(d)
	i, known := g.ids[id]
	known = known && id != ""
	if update && known {
		g.bytes -= weight(g.displays[i])
		g.displays[i] = sessions.Display{}
	}
	replace := update && known
	if len(d.Data) == 0 {
		return // nothing to see, so that nothing is missed
	}
	if g.bytes+size > g.maxBytes || !replace && len(g.displays) >= g.maxCount {
		g.dropped++
		return
	}
	g.bytes += size
	if replace {
		g.displays[i] = d
		return
	}
	if id != "" {
		if g.ids == nil {
			g.ids = make(map[string]int)
		}
		g.ids[id] = len(g.displays)
	}
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

func weight(d sessions.Display) (n int64) {
	for _, form := range d.Data {
		n += int64(len(form))
	}
	return n
}
