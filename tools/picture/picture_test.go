package picture

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"strings"
	"testing"

	"dynamic-sessions-mcp/tools/picture/picturetest"
)

func asGIF(t testing.TB, frames int) []byte {
	t.Helper()
	g := &gif.GIF{}
	for range frames {
		g.Image = append(g.Image, image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.White, color.Black}))
		g.Delay = append(g.Delay, 10)
	}
	var buf bytes.Buffer
	if err := gif.EncodeAll(&buf, g); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// webp1x1 is a lossless WebP image of one pixel, the smallest there is.
func webp1x1(t testing.TB) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// claimed is a PNG whose header says that it has w×h pixels.
func claimed(t testing.TB, w, h uint32) []byte {
	t.Helper()
	data := picturetest.PNG(t, picturetest.Plain(1, 1))
	binary.BigEndian.PutUint32(data[16:], w)
	binary.BigEndian.PutUint32(data[20:], h)
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

func decodeAll(t *testing.T, data []byte) (image.Image, error) {
	source, err := inspect(data, defaultPixels)
	if err != nil {
		return nil, err
	}
	img, _, err := source.decode(t.Context())
	return img, err
}

func TestCheckImage(t *testing.T) {
	t.Parallel()
	small := picturetest.PNG(t, picturetest.Plain(20, 10))
	for _, test := range []struct {
		name          string
		data          []byte
		mediaType     string
		width, height int
		same          bool // passed on byte for byte
		note          string
		err           string
	}{
		{name: "png", data: small, mediaType: "image/png", width: 20, height: 10, same: true},
		{name: "jpeg", data: picturetest.JPEG(t, picturetest.Plain(20, 10)), mediaType: "image/jpeg", width: 20, height: 10, same: true},
		{name: "gif", data: asGIF(t, 1), mediaType: "image/gif", width: 8, height: 8, same: true},
		{name: "animated gif", data: asGIF(t, 3), mediaType: "image/png", width: 8, height: 8, note: "first frame"},
		{name: "webp", data: webp1x1(t), mediaType: "image/webp", width: 1, height: 1, same: true},
		{name: "wide png", data: picturetest.PNG(t, picturetest.Plain(4000, 100)), mediaType: "image/png", width: 1568, height: 39, note: "scaled down from 4000×100 to 1568×39 pixels"},
		{name: "very tall jpeg", data: picturetest.JPEG(t, picturetest.Plain(50, 9000)), mediaType: "image/jpeg", width: 9, height: 1568, note: "scaled down"},
		{name: "a line", data: picturetest.PNG(t, picturetest.Plain(9000, 1)), mediaType: "image/png", width: 1568, height: 1, note: "scaled down"},
		{name: "odd sides", data: picturetest.PNG(t, picturetest.Plain(8001, 17)), mediaType: "image/png", width: 1568, height: 3, note: "scaled down"},
		{name: "too many pixels", data: picturetest.PNG(t, picturetest.Plain(1500, 1200)), mediaType: "image/png", width: 1199, height: 959, note: "scaled down from 1500×1200 to 1199×959 pixels"},
		{name: "exactly the limit", data: picturetest.PNG(t, picturetest.Plain(1568, 10)), mediaType: "image/png", width: 1568, height: 10, same: true},
		{name: "cut short", data: small[:len(small)-20], err: "damaged png"},
		{name: "claims too much", data: claimed(t, 100_000, 100_000), err: "100000×100000 pixels, more than 50 megapixels"},
		{name: "claims absurdly much", data: claimed(t, 1<<31-1, 1<<31-1), err: "damaged png"},
		{name: "text", data: []byte("<svg/>"), err: "not a PNG, JPEG, GIF or WebP"},
		{name: "nothing", data: nil, err: "not a PNG"},
		{name: "only the magic", data: []byte("\x89PNG\r\n\x1a\n"), err: "damaged png"},
		{name: "damaged webp", data: []byte("RIFF\x00\x00\x00\x00WEBPVP8 "), err: "damaged webp"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, err := NewProcessor(longest, nil).NewBatch().Check(t.Context(), test.data)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("got %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.MediaType != test.mediaType || p.width != test.width || p.height != test.height || bytes.Equal(p.Data, test.data) != test.same {
				t.Errorf("got %s of %d×%d, %d bytes", p.MediaType, p.width, p.height, len(p.Data))
			}
			if test.note == "" && p.Note != "" || !strings.Contains(p.Note, test.note) {
				t.Errorf("the note is %q", p.Note)
			}
			img, err := decodeAll(t, p.Data)
			if err != nil || img.Bounds().Dx() != test.width {
				t.Errorf("what is passed on does not decode: %v", err)
			}
		})
	}
}

func TestShrink(t *testing.T) {
	t.Parallel()
	m := NewProcessor(longest, nil).NewBatch()
	p, err := m.Check(t.Context(), picturetest.PNG(t, picturetest.Noise(300, 200)))
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{200_000, 100_000, 20_000, 10_000} {
		small, ok := m.Shrink(t.Context(), p, limit)
		if !ok || len(small.Data) > limit || !strings.Contains(small.Note, "reduced from 300×200") {
			t.Errorf("in %d bytes: %v, %d bytes, %q", limit, ok, len(small.Data), small.Note)
			continue
		}
		if _, err := decodeAll(t, small.Data); err != nil {
			t.Errorf("in %d bytes: %v", limit, err)
		}
	}
	if _, ok := m.Shrink(t.Context(), p, 100); ok {
		t.Error("something was made to fit in 100 bytes")
	}
	if same, ok := m.Shrink(t.Context(), p, len(p.Data)); !ok || !bytes.Equal(same.Data, p.Data) {
		t.Error("what fits was changed")
	}
}

func TestTransparencyBecomesWhite(t *testing.T) {
	t.Parallel()
	data, _, err := encode(t.Context(), picturetest.Plain(16, 16), "jpeg", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, b, _ := img.At(8, 8).RGBA(); r != 0xffff || g != 0xffff || b != 0xffff {
		t.Errorf("the pixel is %x %x %x", r, g, b)
	}
}

func FuzzDecodeImage(f *testing.F) {
	f.Add(picturetest.PNG(f, picturetest.Plain(3, 3)))
	f.Add(picturetest.JPEG(f, picturetest.Plain(3, 3)))
	f.Add(asGIF(f, 2))
	f.Add(webp1x1(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		if dimensions, _, ok := codec(Format(data)); ok {
			// What claims to be large takes long, and finds nothing new.
			if conf, err := dimensions(bytes.NewReader(data)); err == nil && conf.Width*conf.Height > 1<<16 {
				t.Skip("large")
			}
		}
		img, err := decodeAll(t, data)
		format := Format(data)
		if err == nil && (img == nil || img.Bounds().Dx()*img.Bounds().Dy() > maxPixels) {
			t.Fatalf("%s of %v", format, img.Bounds())
		}
	})
}

// TestShrinkUsesTheRoom checks that an image is not made much smaller than it
// has to be, and that its first size is told.
func TestShrinkUsesTheRoom(t *testing.T) {
	t.Parallel()
	m := NewProcessor(longest, nil).NewBatch()
	for _, side := range []image.Point{{500, 400}, {300, 2100}} {
		p, err := m.Check(t.Context(), picturetest.PNG(t, picturetest.Noise(side.X, side.Y)))
		if err != nil {
			t.Fatal(err)
		}
		for _, limit := range []int{200_000, 80_000} {
			small, ok := m.Shrink(t.Context(), p, limit)
			if !ok || len(small.Data) > limit || len(small.Data) < limit*7/10 && small.width < p.width {
				t.Errorf("%v in %d bytes: %v, %d bytes", side, limit, ok, len(small.Data))
			}
			if want := fmt.Sprintf("reduced from %d×%d to", side.X, side.Y); !strings.Contains(small.Note, want) {
				t.Errorf("the note is %q, want %q", small.Note, want)
			}
		}
	}
}

// longest is how many bytes of an image an answer has room for, in the tests.
const longest = 900_000
