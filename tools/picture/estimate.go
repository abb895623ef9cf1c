package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"time"
)

const (
	// maxPixels bounds the images that are decoded at all.
	maxPixels = 50_000_000
	// MaxBytes bounds the length of an encoded image.
	MaxBytes = 20 << 20
	// maxDecoded bounds the memory that one image takes while it is decoded and
	// scaled down. A photograph of 24 megapixels takes 36 MB, 180 if it is
	// progressive.
	maxDecoded = 208 << 20
	// maxWork bounds the processor time that one image takes, by its estimate.
	// A photograph of 24 megapixels takes half of it.
	maxWork = 2500 * time.Millisecond
	// maxAnswerWork bounds what all images of an answer take.
	maxAnswerWork = 3 * maxWork
)

// An estimate is what decoding an image takes at most, judged by its headers
// before any of it is decoded: the size of the file says nothing about it.
// The times are those of a slow core.
type estimate struct {
	memory int64
	work   time.Duration
}

// The estimates of work, in nanoseconds. BenchmarkDecode compares them with what
// decoding takes.
const (
	jpegByte, jpegVisit, jpegRefine, jpegBlock = 50, 150, 2, 500
	pngByte, pngRaw, pngMerge                  = 8, 5, 15
	gifByte, gifPixel                          = 20, 12
	lossyByte, lossyPixel                      = 60, 45
	losslessByte, losslessPixel, losslessGroup = 20, 45, 100_000
	scalePixel, scaleSlowPixel, resizePixel    = 12, 40, 40
	encodePixel                                = 120
)

// estimated returns what it takes to decode and to scale down the image of a
// format, whose dimensions are known, to so many shown pixels. The error says why
// it cannot be done.
func estimated(format string, conf image.Config, data []byte, shown int) (estimate, error) {
	pixels := int64(conf.Width) * int64(conf.Height)
	var e estimate
	var err error
	switch format {
	case "jpeg":
		e = estimateJPEG(pixels, conf.ColorModel == color.CMYKModel || conf.ColorModel == color.RGBAModel, data)
	case "png":
		e, err = estimatePNG(pixels, data)
	case "gif":
		// Undoing the interlacing takes a copy, and the first frame of an animation
		// is encoded.
		e = estimate{2 * pixels, nanos(gifPixel*pixels + gifByte*int64(len(data)) + encodePixel*min(pixels, int64(shown)))}
	case "webp":
		e, err = estimateWebP(pixels, data)
	}
	if err != nil {
		return e, err
	}
	if factor := reduction(conf.Width, conf.Height, shown); factor < 1 {
		e.memory += pixels // four bytes for every fourth
		e.work += nanos(scaleWork(format, pixels, factor))
	}
	switch {
	case e.memory > maxDecoded:
		return e, fmt.Errorf("its %d×%d pixels take %d MB of memory in this form, more than %d MB; make it smaller",
			conf.Width, conf.Height, e.memory>>20, maxDecoded>>20)
	case e.work > maxWork:
		return e, fmt.Errorf("its %d×%d pixels take too much work to decode in this form; make it smaller", conf.Width, conf.Height)
	}
	return e, nil
}

func nanos(n int64) time.Duration { return time.Duration(n) }

// scaleWork is what it takes to scale pixels down by factor and to encode them.
func scaleWork(format string, pixels int64, factor float64) int64 {
	n := int64(scalePixel)
	if format != "jpeg" { // may be in a form that takes longer to read
		n = scaleSlowPixel
	}
	return n*pixels + int64((resizePixel+encodePixel)*float64(pixels)*factor*factor)
}

// estimateJPEG is told whether the pixels are converted to another form at last.
func estimateJPEG(pixels int64, converted bool, data []byte) estimate {
	f := jpegScans(data)
	visit := int64(jpegVisit)
	reconstructed := f.blocks()
	memory := 64 * f.blocks() // a byte a sample
	if f.progressive {
		memory *= 1 + 4 // and the coefficients of all scans
	} else {
		visit += jpegBlock // every scan makes its pixels at once
		reconstructed = 0
	}
	if converted {
		memory += 4 * pixels
	}
	return estimate{memory, nanos(jpegByte*int64(len(data)) + visit*f.visits + jpegRefine*f.refined + jpegBlock*reconstructed)}
}

// pngHeader is where the parts of the header are, which comes first in the file.
const pngDepth, pngColour, pngInterlace, pngHeaderEnd = 24, 25, 28, 29

func estimatePNG(pixels int64, data []byte) (estimate, error) {
	if len(data) < pngHeaderEnd {
		return estimate{}, broken("png")
	}
	samples := int64(4) // also grey has, if one is transparent
	if data[pngColour] == 3 {
		samples = 1
	}
	bytes := samples * pixels * max(1, int64(data[pngDepth])/8)
	e := estimate{bytes, nanos(pngRaw*bytes + pngByte*int64(len(data)))}
	if data[pngInterlace] != 0 { // seven images are put together
		e.memory *= 2
		e.work += nanos(pngMerge * pixels)
	}
	return e, nil
}

func estimateWebP(pixels int64, data []byte) (estimate, error) {
	// The decoder takes the memory for what lengths claim.
	if len(data) < 12 || int64(binary.LittleEndian.Uint32(data[4:]))+8 > int64(len(data))+1 {
		return estimate{}, broken("webp")
	}
	var e estimate
	for at := 12; at+8 <= len(data); {
		switch string(data[at : at+4]) {
		case "VP8 ":
			e.memory += 2 * pixels
			e.work += nanos(lossyPixel*pixels + lossyByte*int64(len(data)))
		case "VP8L", "ALPH":
			// Huffman tables are 50 kB for 190 bytes of input, 2600 of them at most.
			groups := min(2600, int64(len(data))/190)
			e.memory += 8*pixels + groups*50_000
			e.work += nanos(losslessPixel*pixels + losslessByte*int64(len(data)) + losslessGroup*groups)
		}
		n := int64(binary.LittleEndian.Uint32(data[at+4:]))
		if n > int64(len(data)-at) {
			break
		}
		at += 8 + int(n+n&1)
	}
	return e, nil
}

// An allowance is the work that the images of one answer may take together. It
// is used by one goroutine.
type allowance struct{ left time.Duration }

var errAllowance = errors.New("the images of this answer together take too much work to decode. Show fewer or smaller ones at a time")

// take takes the work from what is left.
func (a *allowance) take(work time.Duration) error {
	if work > a.left {
		return errAllowance
	}
	a.left -= work
	return nil
}
