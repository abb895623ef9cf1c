// Package picture decodes images that nobody trusts, and makes them small enough
// for an answer:
//
//	images := picture.NewProcessor(longest, user)   // of the server
//	batch := images.NewBatch()                      // of one answer
//	p, err := batch.Check(ctx, data)                // decodes, in order, at most 1568 pixels a side
//	small, ok := batch.Shrink(ctx, p, limit)        // fits in limit bytes
//
// Images are bounded by the work and the memory that decoding takes, not by their
// bytes or pixels. Both are estimated from the headers before anything is decoded
// (estimate.go, jpegscans.go). Decoding stops when the call ends (decode.go), and
// users take turns, so that no user keeps the others waiting (turns.go).
package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
)

const (
	// maxSide is the longest side of an image in pixels. Models see no more, and
	// refuse images that are much larger in conversations with many.
	maxSide = 1568
	// defaultPixels is how many pixels an image has at most, unless that is set:
	// models make larger ones smaller before they look at them.
	defaultPixels = 1_150_000
)

// reduction is the factor by which an image is made smaller to have at most
// maxSide a side and so many pixels, or 1.
func reduction(width, height, pixels int) float64 {
	area := float64(width) * float64(height)
	return min(1, maxSide/float64(max(width, height)), math.Sqrt(float64(pixels)/area))
}

// A Picture is an encoded image that was decoded without errors.
type Picture struct {
	Data      []byte
	MediaType string
	width     int
	height    int
	Note      string      // what was changed, "" for nothing
	original  image.Point // its size as it came
	still     bool        // it is the first frame of an animation
}

const firstFrame = "only the first frame of the animation is shown"

// noted is a note, together with that about the animation.
func (p Picture) noted(format string, args ...any) string {
	note := fmt.Sprintf(format, args...)
	if p.still {
		note += "; " + firstFrame
	}
	return note
}

// Check decodes data and returns it, scaled down if a side is too long. The error
// says why the image is not shown, within a sentence.
func (b *Batch) Check(ctx context.Context, data []byte) (Picture, error) {
	source, err := inspect(data, b.processor.MaxPixels)
	if err != nil {
		return Picture{}, err
	}
	if err := b.allowance.take(source.estimate.work); err != nil {
		return Picture{}, err
	}
	ctx, leave, err := b.processor.enter(ctx, source.estimate.memory)
	if err != nil {
		return Picture{}, err
	}
	defer leave()
	img, still, err := source.decode(ctx)
	if err != nil {
		return Picture{}, err
	}
	return b.checked(ctx, source, img, still)
}

// checked is the picture of an image that was decoded.
func (b *Batch) checked(ctx context.Context, source encoded, img image.Image, still bool) (Picture, error) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	p := Picture{Data: source.data, MediaType: "image/" + source.format, width: w, height: h, original: image.Pt(w, h), still: still}
	if still {
		p.Note = firstFrame
	}
	factor := reduction(w, h, b.processor.MaxPixels)
	if factor == 1 && !still {
		return p, nil
	}
	img, err := scale(ctx, img, factor)
	if err != nil {
		return Picture{}, err
	}
	p.Data, p.MediaType, err = encode(ctx, img, source.format, b.processor.longest)
	if errors.Is(err, errTooLong) { // no answer has room for it
		p.Data, p.MediaType, err = encode(ctx, img, "jpeg", math.MaxInt)
	}
	if factor < 1 {
		p.width, p.height = img.Bounds().Dx(), img.Bounds().Dy()
		p.Note = p.noted("scaled down from %d×%d to %d×%d pixels", w, h, p.width, p.height)
	}
	return p, err
}
