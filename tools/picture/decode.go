package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// errNoImage means that data is in no format that models take.
var errNoImage = errors.New("it is not a PNG, JPEG, GIF or WebP image")

// An encoded image is one whose headers are in order.
type encoded struct {
	data     []byte
	format   string // one that models take
	estimate estimate
}

// inspect reads the headers of an image that is shown with so many pixels at most.
// The error says why it cannot be shown.
func inspect(data []byte, pixels int) (encoded, error) {
	format := Format(data)
	dimensions, _, ok := codec(format)
	if !ok {
		return encoded{}, errNoImage
	}
	if len(data) > MaxBytes {
		return encoded{}, fmt.Errorf("it has more than %d MiB", MaxBytes>>20)
	}
	conf, err := dimensions(bytes.NewReader(data))
	if err != nil {
		return encoded{}, broken(format)
	}
	if conf.Width <= 0 || conf.Height <= 0 {
		return encoded{}, errors.New("it has no pixels")
	}
	if conf.Width > maxPixels/conf.Height {
		return encoded{}, fmt.Errorf("it has %d×%d pixels, more than %d megapixels", conf.Width, conf.Height, maxPixels/1_000_000)
	}
	e, err := estimated(format, conf, data, pixels)
	return encoded{data, format, e}, err
}

// decode decodes the image until ctx ends. still is true when it is an animation,
// of which img is the first frame; the rest was not looked at and must not be
// passed on.
func (e encoded) decode(ctx context.Context) (img image.Image, still bool, err error) {
	_, decoder, _ := codec(e.format)
	r := &source{ctx: ctx, data: e.data}
	img, err = decoder(r)
	if ctx.Err() != nil {
		return nil, false, context.Cause(ctx)
	}
	if err != nil {
		return nil, false, broken(e.format)
	}
	if img.Bounds().Empty() {
		return nil, false, errors.New("it has no pixels")
	}
	if e.format == "gif" {
		// The decoder stops after one frame; a single one is followed by the
		// trailer (GIF89a, 27).
		next, _ := r.ReadByte()
		still = next != ';'
	}
	return img, still, nil
}

func broken(format string) error {
	return fmt.Errorf("it is a damaged %s image", format)
}

// Format returns the format of data, judged by its first bytes: "png", "jpeg",
// "gif" or "webp", which models take, or "".
func Format(data []byte) string {
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
	configFunc func(io.Reader) (image.Config, error)
	decodeFunc func(io.Reader) (image.Image, error)
)

// codec picks the decoder itself: the registry of package image holds whatever
// else the program imports.
func codec(format string) (configFunc, decodeFunc, bool) {
	switch format {
	case "png":
		return png.DecodeConfig, png.Decode, true
	case "jpeg":
		return jpeg.DecodeConfig, jpeg.Decode, true
	case "gif":
		return gif.DecodeConfig, gif.Decode, true
	case "webp":
		return webp.DecodeConfig, webp.Decode, true
	}
	return nil, nil, false
}

// sourceStep is how much a source gives at a time. Decoders look for more input
// where they would have to be stopped, and a few bytes can mean much work: in a
// progressive JPEG less than a hundred are a scan over all pixels.
const sourceStep = 128

// A source is an encoded image that ends with an error when its context ends,
// which stops a decoder that reads it.
type source struct {
	ctx  context.Context
	data []byte
	at   int
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	if s.at == len(s.data) {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), sourceStep)], s.data[s.at:])
	s.at += n
	return n, nil
}

// ReadByte implements io.ByteReader, without which the decoder of GIF would read
// beyond the frame.
func (s *source) ReadByte() (byte, error) {
	if s.at%sourceStep == 0 {
		if err := s.ctx.Err(); err != nil {
			return 0, err
		}
	}
	if s.at == len(s.data) {
		return 0, io.EOF
	}
	s.at++
	return s.data[s.at-1], nil
}
