package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"math"
)

const jpegQuality = 85

// rowsAtOnce is how many rows are scaled between two looks at the context.
const rowsAtOnce = 64

// scale makes img smaller by factor until ctx ends; at 1 it is returned as it
// is. Halving as often as possible averages every pixel.
func scale(ctx context.Context, img image.Image, factor float64) (image.Image, error) {
	if factor >= 1 {
		return img, nil
	}
	side := func(n int) int { return max(1, int(math.Round(float64(n)*factor))) }
	w, h := side(img.Bounds().Dx()), side(img.Bounds().Dy())
	for b := img.Bounds(); b.Dx() >= 2*w && b.Dy() >= 2*h; b = img.Bounds() {
		var err error
		if img, err = halved(ctx, img); err != nil {
			return nil, err
		}
	}
	if img.Bounds().Dx() == w && img.Bounds().Dy() == h {
		return img, nil
	}
	return resized(ctx, img, w, h)
}

// halved makes one pixel of the mean of four. What is left at odd sides is cut
// off.
func halved(ctx context.Context, img image.Image) (*image.RGBA, error) {
	w, h := img.Bounds().Dx()/2, img.Bounds().Dy()/2
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	rows := newRowReader(img)
	for y := range h {
		if y%rowsAtOnce == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		upper, lower := rows.row(2*y), rows.row(2*y+1)
		out := small.Pix[y*small.Stride:][:4*w]
		for x := range w {
			a, b, to := upper[8*x:][:8], lower[8*x:][:8], out[4*x:][:4]
			for c := range 4 {
				to[c] = byte((uint(a[c]) + uint(a[c+4]) + uint(b[c]) + uint(b[c+4]) + 2) / 4)
			}
		}
	}
	return small, nil
}

// resized interpolates between the pixels of img, of which it has at least half
// as many in each direction.
func resized(ctx context.Context, img image.Image, w, h int) (*image.RGBA, error) {
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	rows := newRowReader(img)
	across, down := between(img.Bounds().Dx(), w), between(img.Bounds().Dy(), h)
	for y := range h {
		if y%rowsAtOnce == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		upper, lower := rows.row(down[y].first), rows.row(down[y].second)
		wy := down[y].weight
		out := small.Pix[y*small.Stride:][:4*w]
		for x, at := range across {
			l, r, to := 4*at.first, 4*at.second, out[4*x:][:4]
			for c := range 4 {
				top := uint(upper[l+c])*(256-at.weight) + uint(upper[r+c])*at.weight
				bottom := uint(lower[l+c])*(256-at.weight) + uint(lower[r+c])*at.weight
				to[c] = byte((top*(256-wy) + bottom*wy + 1<<15) >> 16)
			}
		}
	}
	return small, nil
}

// A sample is where a pixel comes from: two neighbours, and the weight of the
// second of 256.
type sample struct {
	first, second int
	weight        uint
}

// between returns where the pixels of a side of the length to come from, of one
// with the length from.
func between(from, to int) []sample {
	samples := make([]sample, to)
	for i := range samples {
		at := max(0, (float64(i)+0.5)*float64(from)/float64(to)-0.5)
		first := min(int(at), from-1)
		samples[i] = sample{first, min(first+1, from-1), uint((at - float64(first)) * 256)}
	}
	return samples
}

// A rowReader gives the rows of any image as pixels of image.RGBA. It keeps the
// last two.
type rowReader struct {
	img  image.Image
	rgba *image.RGBA // img, if it is one
	kept [2]*image.RGBA
	at   [2]int // the rows that kept has
}

func newRowReader(img image.Image) *rowReader {
	r := &rowReader{img: img, at: [2]int{-1, -1}}
	if rgba, ok := img.(*image.RGBA); ok {
		r.rgba = rgba
		return r
	}
	for i := range r.kept {
		r.kept[i] = image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), 1))
	}
	return r
}

func (r *rowReader) row(y int) []byte {
	b := r.img.Bounds()
	if r.rgba != nil {
		return r.rgba.Pix[r.rgba.PixOffset(b.Min.X, b.Min.Y+y):][:4*b.Dx()]
	}
	slot := y % 2
	if r.at[slot] != y {
		draw.Draw(r.kept[slot], r.kept[slot].Bounds(), r.img, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		r.at[slot] = y
	}
	return r.kept[slot].Pix
}

// errTooLong means that an encoded image would have more bytes than it may.
var errTooLong = errors.New("the encoded image is too long")

// encode writes img in at most limit bytes until ctx ends: JPEG for what was
// JPEG, PNG for everything else.
func encode(ctx context.Context, img image.Image, format string, limit int) ([]byte, string, error) {
	to := &sink{ctx: ctx, limit: limit}
	if format != "jpeg" {
		err := png.Encode(to, img)
		return to.buf.Bytes(), "image/png", err
	}
	if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		flat := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
		img = flat
	}
	err := jpeg.Encode(to, img, &jpeg.Options{Quality: jpegQuality})
	return to.buf.Bytes(), "image/jpeg", err
}

// A sink takes an encoded image, and stops the encoder when it is longer than it
// may be or the context ends.
type sink struct {
	ctx   context.Context
	limit int
	buf   bytes.Buffer
}

var _ io.Writer = (*sink)(nil)

func (s *sink) Write(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	if s.buf.Len()+len(p) > s.limit {
		return 0, errTooLong
	}
	return s.buf.Write(p)
}
