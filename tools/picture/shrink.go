package picture

import (
	"context"
	"image"
	"math"
	"time"
)

const (
	// minSide is where shrinking ends; less would show nothing.
	minSide = 100
	// maxAttempts bounds how often an image is encoded to make it fit.
	maxAttempts = 10
)

// Shrink returns p in at most limit bytes, or false when nothing would be left
// to see.
func (b *Batch) Shrink(ctx context.Context, p Picture, limit int) (Picture, bool) {
	if len(p.Data) <= limit {
		return p, true
	}
	source, err := inspect(p.Data, b.processor.MaxPixels)
	if err != nil || b.allowance.take(source.estimate.work) != nil {
		return p, false
	}
	ctx, leave, err := b.processor.enter(ctx, source.estimate.memory)
	if err != nil {
		return p, false
	}
	defer leave()
	img, _, err := source.decode(ctx)
	if err != nil {
		return p, false
	}
	return b.fit(ctx, p, img, limit)
}

// fit looks for the largest form of p, whose pixels are img, that has at most
// limit bytes.
func (b *Batch) fit(ctx context.Context, p Picture, img image.Image, limit int) (best Picture, ok bool) {
	best = p
	factor, least, most := 1.0, 0.0, 1.0 // what fits, and what does not
	for upwards, attempts := 0, 0; upwards < 4 && attempts < maxAttempts; attempts++ {
		pixels := float64(p.width*p.height) * factor * factor
		if b.allowance.take(time.Duration(pixels*(resizePixel+encodePixel))) != nil {
			break
		}
		small, fits := p.reduced(ctx, img, factor, limit)
		if ctx.Err() != nil {
			break
		}
		if fits {
			best, ok, least = small, true, factor
		} else {
			most = factor
		}
		if ok {
			if least == 1 || len(best.Data)*10 >= limit*9 {
				break
			}
			factor = (least + most) / 2
			upwards++
			continue
		}
		factor *= min(0.8, 0.9*math.Sqrt(float64(limit)/float64(max(len(small.Data), 1))))
		if float64(max(img.Bounds().Dx(), img.Bounds().Dy()))*factor < minSide {
			break
		}
	}
	return best, ok
}

// reduced is p scaled by factor, and whether that fits in limit bytes.
func (p Picture) reduced(ctx context.Context, img image.Image, factor float64, limit int) (Picture, bool) {
	small, err := scale(ctx, img, factor)
	if err != nil {
		return p, false
	}
	// PNG is tried where it has a chance: it takes long, and its size falls with
	// the number of pixels.
	lossless := p.MediaType != "image/jpeg" && float64(len(p.Data))*factor*factor < 2*float64(limit)
	p.Data, p.MediaType = smallest(ctx, small, lossless, limit)
	p.width, p.height = small.Bounds().Dx(), small.Bounds().Dy()
	p.Note = p.noted("reduced from %d×%d to %d×%d pixels, as %s, to fit in the answer",
		p.original.X, p.original.Y, p.width, p.height, p.MediaType)
	return p, len(p.Data) > 0 && len(p.Data) <= limit
}

// smallest encodes img without loss if that is asked for and fits, else as JPEG
// on white.
func smallest(ctx context.Context, img image.Image, lossless bool, limit int) ([]byte, string) {
	if lossless {
		if data, kind, err := encode(ctx, img, "png", limit); err == nil {
			return data, kind
		}
	}
	data, kind, err := encode(ctx, img, "jpeg", math.MaxInt)
	if err != nil {
		return nil, ""
	}
	return data, kind
}
