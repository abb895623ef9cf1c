package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

const (
	// maxSide is the longest side of an image in pixels. Models refuse more in
	// conversations with many images, which then cannot go on.
	maxSide = 2000
	// maxPixels bounds what is decoded at all: 50 megapixels are 200 MB.
	maxPixels = 50_000_000
	// minSide is where shrinking ends; less would show nothing.
	minSide = 100
	// decoders bounds how many images are in memory decoded.
	decoders    = 2
	jpegQuality = 85
)

// A picture is an image that was decoded and found in order, encoded.
type picture struct {
	data      []byte
	mediaType string
	width     int
	height    int
	note      string      // what was changed, "" for nothing
	original  image.Point // its size as it came
	still     bool        // it is the first frame of an animation
}

const firstFrame = "only the first frame of the animation is shown"

// noted is a note, together with that about the animation.
func (p picture) noted(format string, args ...any) string {
	note := fmt.Sprintf(format, args...)
	if p.still {
		note += "; " + firstFrame
	}
	return note
}

// errNoImage means that data is in no format that models take.
var errNoImage = errors.New("it is not a PNG, JPEG, GIF or WebP image")

// imaging decodes and encodes images, a few at a time.
type imaging struct {
	slots chan struct{}
}

func newImaging() *imaging { return &imaging{slots: make(chan struct{}, decoders)} }

// check decodes data and returns it, scaled down when a side is too long. The
// error is for a sentence that says why the image is not shown.
func (m *imaging) check(ctx context.Context, data []byte) (picture, error) {
	if err := m.enter(ctx); err != nil {
		return picture{}, err
	}
	defer m.leave()
	img, format, still, err := decode(data)
	if err != nil {
		return picture{}, err
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	p := picture{data: data, mediaType: "image/" + format, width: w, height: h, original: image.Pt(w, h), still: still}
	if still {
		p.note = firstFrame
	}
	if max(w, h) > maxSide {
		img = scale(img, float64(maxSide)/float64(max(w, h)))
		p.width, p.height = img.Bounds().Dx(), img.Bounds().Dy()
		p.note = p.noted("scaled down from %d×%d to %d×%d pixels", w, h, p.width, p.height)
	} else if !still {
		return p, nil
	}
	p.data, p.mediaType, err = encode(img, format)
	return p, err
}

// shrink returns p in at most limit bytes, or false when nothing would be left
// to see.
func (m *imaging) shrink(ctx context.Context, p picture, limit int) (picture, bool) {
	if len(p.data) <= limit {
		return p, true
	}
	if m.enter(ctx) != nil {
		return p, false
	}
	defer m.leave()
	img, _, _, err := decode(p.data)
	if err != nil {
		return p, false
	}
	best, ok := p, false
	factor, least, most := 1.0, 0.0, 1.0 // what fits, and what does not
	for upwards := 0; upwards < 4; {
		small, fits := p.reduced(img, factor, limit)
		if fits {
			best, ok, least = small, true, factor
		} else {
			most = factor
		}
		if ok {
			if least == 1 || len(best.data)*10 >= limit*9 {
				break
			}
			factor = (least + most) / 2
			upwards++
			continue
		}
		factor *= min(0.8, 0.9*math.Sqrt(float64(limit)/float64(max(len(small.data), 1))))
		if float64(max(img.Bounds().Dx(), img.Bounds().Dy()))*factor < minSide {
			break
		}
	}
	return best, ok
}

// reduced is p scaled by factor, and whether that fits in limit bytes.
func (p picture) reduced(img image.Image, factor float64, limit int) (picture, bool) {
	small := scale(img, factor)
	// PNG is tried where it has a chance: it takes long, and its size falls with
	// the number of pixels.
	lossless := p.mediaType != "image/jpeg" && float64(len(p.data))*factor*factor < 2*float64(limit)
	p.data, p.mediaType = smallest(small, lossless, limit)
	p.width, p.height = small.Bounds().Dx(), small.Bounds().Dy()
	p.note = p.noted("reduced from %d×%d to %d×%d pixels, as %s, to fit in the answer",
		p.original.X, p.original.Y, p.width, p.height, p.mediaType)
	return p, len(p.data) > 0 && len(p.data) <= limit
}

// smallest encodes img without loss if that is asked for and fits, else as JPEG
// on white.
func smallest(img image.Image, lossless bool, limit int) ([]byte, string) {
	if lossless {
		if data, kind, err := encode(img, "png"); err == nil && len(data) <= limit {
			return data, kind
		}
	}
	data, kind, err := encode(img, "jpeg")
	if err != nil {
		return nil, ""
	}
	return data, kind
}

func (m *imaging) enter(ctx context.Context) error {
	select {
	case m.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (m *imaging) leave() { <-m.slots }

// decode decodes an image of a format that models take, after a look at its
// dimensions. still is true when it is an animation, of which img is the first
// frame; the rest was not looked at and must not be passed on.
func decode(data []byte) (img image.Image, format string, still bool, err error) {
	format = imageFormat(data)
	dimensions, decoder, ok := codec(format)
	if !ok {
		return nil, "", false, errNoImage
	}
	conf, err := dimensions(bytes.NewReader(data))
	if err != nil {
		return nil, "", false, broken(format)
	}
	if conf.Width <= 0 || conf.Height <= 0 {
		return nil, "", false, errors.New("it has no pixels")
	}
	if conf.Width > maxPixels/conf.Height {
		return nil, "", false, fmt.Errorf("it has %d×%d pixels, more than %d megapixels", conf.Width, conf.Height, maxPixels/1_000_000)
	}
	r := bytes.NewReader(data)
	img, err = decoder(r)
	if err != nil {
		return nil, "", false, broken(format)
	}
	if format == "gif" {
		// The decoder stops after one frame; a single one is followed by the
		// trailer (GIF89a, 27).
		next, _ := r.ReadByte()
		still = next != ';'
	}
	return img, format, still, nil
}

func broken(format string) error {
	return fmt.Errorf("it is a damaged %s image", format)
}

// imageFormat tells by the first bytes which of the formats that models take
// data is in, or "".
func imageFormat(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return "gif"
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return "webp"
	}
	return ""
}

type (
	configFunc func(*bytes.Reader) (image.Config, error)
	decodeFunc func(*bytes.Reader) (image.Image, error)
)

// codec picks the decoder itself: the registry of package image holds whatever
// else the program imports.
func codec(format string) (configFunc, decodeFunc, bool) {
	switch format {
	case "png":
		return func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) }, true
	case "jpeg":
		return func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) }, true
	case "gif":
		return func(r *bytes.Reader) (image.Config, error) { return gif.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return gif.Decode(r) }, true
	case "webp":
		return func(r *bytes.Reader) (image.Config, error) { return webp.DecodeConfig(r) },
			func(r *bytes.Reader) (image.Image, error) { return webp.Decode(r) }, true
	}
	return nil, nil, false
}

// scale makes img smaller by factor; at 1 it is returned as it is. Halving as
// often as possible averages every pixel with far less memory than a filter
// over the whole image takes.
func scale(img image.Image, factor float64) image.Image {
	if factor >= 1 {
		return img
	}
	side := func(n int) int { return max(1, int(math.Round(float64(n)*factor))) }
	w, h := side(img.Bounds().Dx()), side(img.Bounds().Dy())
	for b := img.Bounds(); b.Dx() >= 2*w && b.Dy() >= 2*h; b = img.Bounds() {
		img = resize(img, b.Dx()/2, b.Dy()/2)
	}
	return resize(img, w, h)
}

func resize(img image.Image, w, h int) image.Image {
	small := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return small
}

// encode writes JPEG for what was JPEG, PNG for everything else.
func encode(img image.Image, format string) ([]byte, string, error) {
	var buf bytes.Buffer
	if format != "jpeg" {
		err := png.Encode(&buf, img)
		return buf.Bytes(), "image/png", err
	}
	if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		flat := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
		draw.Draw(flat, flat.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
		img = flat
	}
	err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: jpegQuality})
	return buf.Bytes(), "image/jpeg", err
}
