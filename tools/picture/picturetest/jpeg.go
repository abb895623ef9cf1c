package picturetest

import "bytes"

// Markers of JPEG.
const (
	sof0, sof2 = 0xc0, 0xc2
	dht        = 0xc4
	eoi        = 0xd9
	sos        = 0xda
	dqt        = 0xdb
	app0       = 0xe0
)

// jpegWriter writes JPEGs that no encoder writes.
type jpegWriter struct {
	bytes.Buffer
	bits, count uint
}

func (w *jpegWriter) segment(marker byte, body ...byte) {
	n := len(body) + 2
	w.Write([]byte{0xff, marker, byte(n >> 8), byte(n)})
	w.Write(body)
}

// code adds bits of entropy-coded data, with a zero behind each 0xff.
func (w *jpegWriter) code(bits uint, n uint) {
	for n > 0 {
		n--
		w.bits = w.bits<<1 | bits>>n&1
		if w.count++; w.count == 8 {
			w.WriteByte(byte(w.bits))
			if byte(w.bits) == 0xff {
				w.WriteByte(0)
			}
			w.bits, w.count = 0, 0
		}
	}
}

func (w *jpegWriter) align() {
	for w.count > 0 {
		w.code(0, 1)
	}
}

// begin writes everything up to the first scan of an image with 1 or 3
// components without subsampling. Each table has the one code 0: of a DC
// coefficient that it is as before, of AC coefficients that they are zero in the
// next 2¹⁴ blocks and more.
func (w *jpegWriter) begin(sof byte, width, height, components int) {
	w.Write([]byte{0xff, 0xd8})
	w.segment(dqt, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	frame := []byte{8, byte(height >> 8), byte(height), byte(width >> 8), byte(width), byte(components)}
	for i := range components {
		frame = append(frame, byte(i+1), 0x11, 0)
	}
	w.segment(sof, frame...)
	oneCode := append([]byte{1}, make([]byte, 15)...)
	w.segment(dht, append(append([]byte{0x00}, oneCode...), 0x00)...)
	w.segment(dht, append(append([]byte{0x10}, oneCode...), 0xe0)...)
}

// scan writes the header of a scan, with the spectral selection and the
// successive approximation of progressive ones.
func (w *jpegWriter) scan(components []byte, first, last, approximation byte) {
	body := []byte{byte(len(components))}
	for _, c := range components {
		body = append(body, c, 0)
	}
	w.segment(sos, append(body, first, last, approximation)...)
}

// runs says of n blocks that they have no more coefficients.
func (w *jpegWriter) runs(n int) {
	const most = 1<<15 - 1
	for ; n > 0; n -= most {
		w.code(1<<14-1, 15) // the code 0, then fourteen ones
	}
	w.align()
}

func (w *jpegWriter) end() []byte {
	w.Write([]byte{0xff, eoi})
	return w.Bytes()
}

// EmptyScans is a progressive JPEG of one component in so many scans of which
// none adds anything. With refine they look at every coefficient again.
func EmptyScans(width, height, scans int, refine bool) []byte {
	w := &jpegWriter{}
	w.begin(sof2, width, height, 1)
	blocks := ((width + 7) / 8) * ((height + 7) / 8)
	for i := range scans {
		approximation := byte(0)
		if refine && i > 0 {
			approximation = 0x10
		}
		w.scan([]byte{1}, 1, 63, approximation)
		w.runs(blocks)
	}
	return w.end()
}

// SequentialScans is a sequential JPEG of three components with so many scans,
// each of which makes all pixels again from one bit a block.
func SequentialScans(width, height, scans int) []byte {
	w := &jpegWriter{}
	w.begin(sof0, width, height, 3)
	blocks := 3 * ((width + 7) / 8) * ((height + 7) / 8)
	left := 0 // of a run, which goes on in the next scan
	for range scans {
		w.scan([]byte{1, 2, 3}, 0, 63, 0)
		for range blocks {
			w.code(0, 1)
			if left == 0 {
				w.code(1<<14-1, 15)
				left = 1<<15 - 1
			}
			left--
		}
		w.align()
	}
	return w.end()
}

// Photograph is the frame of a JPEG of 24 megapixels as cameras and libjpeg write
// it, with a sampling such as 0x22 of the first of three components, and so many
// zeros for data.
func Photograph(progressive bool, sampling byte, bytes int) []byte {
	w := &jpegWriter{}
	w.Write([]byte{0xff, 0xd8})
	w.segment(app0, make([]byte, 40_000)...) // a preview
	sof := byte(sof0)
	if progressive {
		sof = sof2
	}
	w.segment(sof, 8, 4000>>8, 4000&0xff, 6000>>8, 6000&0xff, 3, 1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0)
	if !progressive {
		w.scan([]byte{1, 2, 3}, 0, 63, 0)
	} else { // libjpeg's script
		for _, s := range [][]byte{{0, 0, 0, 1, 2, 3}, {1, 5, 0, 1}, {1, 63, 0, 3}, {1, 63, 0, 2}, {6, 63, 0, 1},
			{1, 63, 0x21, 1}, {0, 0, 0x10, 1, 2, 3}, {1, 63, 0x10, 3}, {1, 63, 0x10, 2}, {1, 63, 0x10, 1}} {
			w.scan(s[3:], s[0], s[1], s[2])
		}
	}
	w.Write(make([]byte, bytes))
	return w.end()
}
