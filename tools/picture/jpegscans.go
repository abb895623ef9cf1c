package picture

import "bytes"

// A jpegFrame is what the markers of a JPEG say about the work of decoding it.
// The decoder goes through all blocks of a component in every scan of it, and a
// scan that says "nothing new" takes a few bytes, so the size of the file says
// nothing.
type jpegFrame struct {
	progressive bool
	components  []jpegComponent
	mcus        int64 // minimum coded units: what all components have of one place
	scans       int
	visits      int64 // blocks that all scans go through
	refined     int64 // coefficients that these scans look at again, one by one
}

type jpegComponent struct {
	id   byte
	h, v int64 // blocks in an MCU, across and down
}

// blocks is how many blocks of 8×8 samples all components have.
func (f *jpegFrame) blocks() int64 {
	n := int64(0)
	for _, c := range f.components {
		n += c.h * c.v
	}
	return n * f.mcus
}

const (
	jpegSOF0, jpegSOF2 = 0xc0, 0xc2
	jpegDHT            = 0xc4
	jpegRST0, jpegRST7 = 0xd0, 0xd7
	jpegEOI            = 0xd9
	jpegSOS            = 0xda
	jpegDQT, jpegDRI   = 0xdb, 0xdd
	jpegAPP0           = 0xe0
	jpegAPP15, jpegCOM = 0xef, 0xfe
)

// jpegScans reads the markers of a JPEG as package image/jpeg does, without the
// data between them. Where that package would stop with an error, it stops
// without one: what comes behind is not decoded.
func jpegScans(data []byte) jpegFrame {
	var f jpegFrame
	for at := 2; ; {
		marker, body, next := jpegSegment(data, at)
		at = next
		ok := true
		switch {
		case marker == jpegSOS:
			ok = f.addScan(body)
		case marker >= jpegSOF0 && marker <= jpegSOF2:
			ok = f.begin(body, marker == jpegSOF2)
		case marker == jpegDHT, marker == jpegDQT, marker == jpegDRI, marker == jpegCOM,
			marker >= jpegAPP0 && marker <= jpegAPP15:
		default:
			ok = false
		}
		if !ok {
			return f
		}
	}
}

// jpegSegment finds the next segment at or behind at. The marker is 0 when there
// is none.
func jpegSegment(data []byte, at int) (marker byte, body []byte, next int) {
	for {
		i := bytes.IndexByte(data[min(at, len(data)):], 0xff)
		if i < 0 {
			return 0, nil, len(data)
		}
		at += i + 1
		filled := at
		for at < len(data) && data[at] == 0xff {
			at++
		}
		if at == len(data) {
			return 0, nil, at
		}
		marker = data[at]
		at++
		if marker >= jpegRST0 && marker <= jpegRST7 || marker == 0 && at == filled+1 {
			continue // has no body, or is data
		}
		if marker == 0 || marker == jpegEOI || at+2 > len(data) {
			return 0, nil, at
		}
		n := int(data[at])<<8 | int(data[at+1])
		if n < 2 || at+n > len(data) {
			return 0, nil, at
		}
		return marker, data[at+2 : at+n], at + n
	}
}

// begin reads the header of the frame. It reports false if no scan of it can be
// decoded.
func (f *jpegFrame) begin(body []byte, progressive bool) bool {
	if f.components != nil || len(body) < 9 || len(body) != 6+3*int(body[5]) {
		return false
	}
	height, width := int64(body[1])<<8|int64(body[2]), int64(body[3])<<8|int64(body[4])
	for c := body[6:]; len(c) > 0; c = c[3:] {
		f.components = append(f.components, jpegComponent{id: c[0], h: int64(c[1] >> 4), v: int64(c[1] & 15)})
	}
	if len(f.components) == 1 { // whose sampling means nothing
		f.components[0].h, f.components[0].v = 1, 1
	}
	f.progressive = progressive
	across, down := 8*f.components[0].h, 8*f.components[0].v
	if across == 0 || down == 0 {
		return false
	}
	f.mcus = (width + across - 1) / across * ((height + down - 1) / down)
	return true
}

// addScan counts the blocks that a scan goes through. It reports false if the
// scan cannot be decoded.
func (f *jpegFrame) addScan(body []byte) bool {
	if len(body) < 6 || len(body) != 4+2*int(body[0]) {
		return false
	}
	blocks := int64(0)
	selectors := body[1 : len(body)-3]
	for ; len(selectors) > 0; selectors = selectors[2:] {
		found := false
		for _, c := range f.components {
			if c.id == selectors[0] {
				blocks += c.h * c.v * f.mcus
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	f.scans++
	f.visits += blocks
	first, last, high := body[len(body)-3], body[len(body)-2], body[len(body)-1]>>4
	if f.progressive && high != 0 && last >= first {
		f.refined += blocks * int64(last-first+1)
	}
	return true
}
