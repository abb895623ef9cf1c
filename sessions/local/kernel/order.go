package kernel

import (
	"unicode/utf8"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

const (
	// maxPlaces bounds how many places an order has; for freePlaces of them no
	// memory is taken.
	maxPlaces  = 4096
	freePlaces = 256
	placeSize  = 128 // bytes of memory for one, here and in the answer
)

// An order remembers in which order the code wrote to its streams and showed
// displays. When it can remember no more, what a stream goes on to write belongs to
// the last of its places.
type order struct {
	memory *budget.Account
	places []place
	taken  bool // there is memory for more than freePlaces
	full   bool
}

// A place is where something stands in an order: a piece of a stream, by its
// offsets in what was received of it, or a display by its index.
type place struct {
	source     sessions.Source
	start, end int
	display    int
}

// write notes that a stream wrote what now is at some offsets. They follow those
// of its place before.
func (o *order) write(source sessions.Source, start, end int) {
	if n := len(o.places); n > 0 && o.places[n-1].source == source {
		o.places[n-1].end = end
		return
	}
	if !o.fits() {
		for i := len(o.places) - 1; i >= 0; i-- {
			if o.places[i].source == source {
				o.places[i].end = end
				return
			}
		}
	}
	o.places = append(o.places, place{source: source, start: start, end: end})
}

// show notes that a display was shown. There are few of them.
func (o *order) show(index int) {
	o.places = append(o.places, place{source: sessions.SourceDisplay, display: index})
}

// fits reports whether there may be one more place, and takes memory for it.
func (o *order) fits() bool {
	if len(o.places) >= freePlaces && !o.taken {
		o.taken = true
		o.full = !o.memory.Take((maxPlaces - freePlaces) * placeSize)
	}
	return len(o.places) < freePlaces || !o.full && len(o.places) < maxPlaces
}

// clear forgets everything: the code cleared its output.
func (o *order) clear() { o.places = o.places[:0] }

// cuts returns where the places of a stream begin, and where the last one ends.
func (o *order) cuts(source sessions.Source) []int {
	var cuts []int
	end := 0
	for _, p := range o.places {
		if p.source == source {
			cuts, end = append(cuts, p.start), p.end
		}
	}
	if cuts == nil {
		return nil
	}
	return append(cuts, end)
}

// outputs returns the order. stdout and stderr are the cuts of the streams as they
// are in the answer; the last piece of a stream ends where the stream does. displays
// are the indexes of the displays in the answer.
func (o *order) outputs(stdout, stderr, displays []int) []sessions.Output {
	outputs := make([]sessions.Output, 0, len(o.places)+1)
	for _, p := range o.places {
		x := sessions.Output{Source: p.source}
		cuts := &stdout
		switch p.source {
		case sessions.SourceDisplay:
			if x.Display = displays[p.display]; x.Display >= 0 {
				outputs = append(outputs, x)
			}
			continue
		case sessions.SourceStderr:
			cuts = &stderr
		}
		x.Start, x.End = (*cuts)[0], (*cuts)[1]
		*cuts = (*cuts)[1:]
		outputs = append(outputs, x)
	}
	return outputs
}

// validPieces returns b as valid UTF-8, and where the cuts are in that, which are
// ascending offsets in b. No cut is within a character.
func validPieces(b []byte, cuts []int) (string, []int) {
	moved := make([]int, len(cuts))
	if utf8.Valid(b) {
		for i, cut := range cuts {
			for cut < len(b) && !utf8.RuneStart(b[cut]) {
				cut--
			}
			moved[i] = cut
		}
		return string(b), moved
	}
	valid, done := make([]byte, 0, len(b)), 0
	for i, cut := range cuts {
		valid = append(valid, validUTF8(b[done:cut])...)
		moved[i], done = len(valid), cut
	}
	return string(append(valid, validUTF8(b[done:])...)), moved
}
