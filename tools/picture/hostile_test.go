package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/tools/picture/picturetest"
)

// interlaced is a PNG whose header says that it is interlaced, too.
func interlaced(t testing.TB, w, h uint32, depth, colour byte) []byte {
	t.Helper()
	data := claimed(t, w, h)
	data[pngDepth], data[pngColour], data[pngInterlace] = depth, colour, 1
	binary.BigEndian.PutUint32(data[29:], crc32.ChecksumIEEE(data[12:29]))
	return data
}

// claimedWebP is a WebP file of a few bytes whose RIFF header says that it has n.
func claimedWebP(n uint32) []byte {
	data := []byte("RIFF\x00\x00\x00\x00WEBPVP8 \x00\x00\x00\x00\x10\x00\x00\x9d\x01\x2a\x10\x00\x10\x00")
	binary.LittleEndian.PutUint32(data[4:], n)
	binary.LittleEndian.PutUint32(data[16:], n-12)
	return data
}

// claimedLossless is a lossless WebP of w×h pixels that ends after its header.
func claimedLossless(w, h uint32) []byte {
	data := []byte("RIFF\x16\x00\x00\x00WEBPVP8L\x0a\x00\x00\x00\x2f\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	binary.LittleEndian.PutUint32(data[21:], (w-1)|(h-1)<<14)
	return data
}

func grayGIF(t testing.TB, w, h int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := gif.Encode(&buf, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// TestHostileImages has images of a few bytes that take long or much memory to
// decode. All are refused by what their headers say.
func TestHostileImages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		data []byte
		want string
	}{
		{"200 empty scans", picturetest.EmptyScans(6000, 6000, 200, false), "too much work to decode"},
		{"200 refining scans", picturetest.EmptyScans(3000, 3000, 200, true), "too much work to decode"},
		{"scans of a strip", picturetest.EmptyScans(65500, 500, 300, false), "too much work to decode"},
		{"many scans of a small image", picturetest.EmptyScans(1000, 1000, 20_000, false), "too much work to decode"},
		{"sequential scans", picturetest.SequentialScans(3000, 3000, 12), "too much work to decode"},
		{"fill bytes between scans", bytes.ReplaceAll(picturetest.EmptyScans(6000, 6000, 200, false), []byte("\xff\xda"), []byte("\xff\xff\xff\xda")), "too much work to decode"},
		{"deep PNG", interlaced(t, 6500, 6500, 16, 6), "MB of memory"},
		{"interlaced PNG", interlaced(t, 7000, 7000, 8, 6), "MB of memory"},
		{"lossless WebP", claimedLossless(8000, 6000), "MB of memory"},
		{"WebP that claims lengths", claimedWebP(100 << 20), "damaged webp"},
		{"bytes", make([]byte, 0), "not a PNG"},
		{"very long", append(picturetest.PNG(t, picturetest.Plain(1, 1)), make([]byte, MaxBytes)...), "more than 20 MiB"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, err := NewProcessor(longest, nil).NewBatch().Check(t.Context(), test.data)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestPhotographsPass checks the estimates of what cameras and encoders make.
func TestPhotographsPass(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"4:2:0":             picturetest.Photograph(false, 0x22, 12_000_000),
		"4:2:2":             picturetest.Photograph(false, 0x21, 14_000_000),
		"4:4:4":             picturetest.Photograph(false, 0x11, 14_000_000),
		"4:2:0 progressive": picturetest.Photograph(true, 0x22, 9_000_000),
	} {
		conf := image.Config{Width: 6000, Height: 4000, ColorModel: color.YCbCrModel}
		e, err := estimated("jpeg", conf, data, defaultPixels)
		if err != nil {
			t.Errorf("%s: %v (%v, %d MB)", name, err, e.work, e.memory>>20)
		}
		t.Logf("%s: %v, %d MB", name, e.work, e.memory>>20)
	}
}

// TestRealEncoders decodes what encoders other than Go's have written: see
// testdata/pictures/README.
func TestRealEncoders(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/pictures/*.*")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := NewProcessor(longest, nil).NewBatch().Check(t.Context(), data)
			if err != nil || p.width != 96 || p.height != 64 {
				t.Errorf("%d×%d, %v", p.width, p.height, err)
			}
			if strings.Contains(name, "progressive") {
				if f := jpegScans(data); !f.progressive || f.scans < 6 || f.scans > 18 || f.visits < 3*f.blocks() {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// slowImage is one that is allowed, and takes a second or more to decode where
// nothing stops it.
func slowImage() []byte { return picturetest.EmptyScans(4000, 4000, 30, false) }

// TestCancelledDecode checks that the decoder stops with the context, long before
// it is done.
func TestCancelledDecode(t *testing.T) {
	t.Parallel()
	source, err := inspect(slowImage(), defaultPixels)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &failingContext{Context: t.Context(), after: 5}
	if _, _, err := source.decode(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if ctx.asked > ctx.after+3 {
		t.Errorf("the decoder went on for %d reads", ctx.asked-ctx.after)
	}
	for _, data := range [][]byte{picturetest.PNG(t, picturetest.Noise(300, 300)), grayGIF(t, 2000, 2000), picturetest.JPEG(t, picturetest.Noise(300, 300))} {
		source, err := inspect(data, defaultPixels)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := source.decode(&failingContext{Context: t.Context(), after: 4}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", source.format, err)
		}
	}
}

// failingContext ends when it was asked often enough.
type failingContext struct {
	context.Context
	after, asked int
}

func (c *failingContext) Err() error {
	if c.asked++; c.asked > c.after {
		return context.Canceled
	}
	return nil
}

// TestCancelledScaling stops scaling and encoding.
func TestCancelledScaling(t *testing.T) {
	t.Parallel()
	img := picturetest.Noise(600, 600)
	for _, factor := range []float64{0.3, 0.9} {
		if _, err := scale(&failingContext{Context: t.Context(), after: 2}, img, factor); !errors.Is(err, context.Canceled) {
			t.Errorf("scaling by %v: %v", factor, err)
		}
	}
	for _, format := range []string{"png", "jpeg"} {
		if _, _, err := encode(&failingContext{Context: t.Context(), after: 2}, img, format, 10<<20); !errors.Is(err, context.Canceled) {
			t.Errorf("encoding as %s: %v", format, err)
		}
		if _, _, err := encode(t.Context(), img, format, 1000); !errors.Is(err, errTooLong) {
			t.Errorf("encoding as %s in 1000 bytes: %v", format, err)
		}
	}
}

// TestCancelledImageFreesItsPlace cancels a call whose image is being decoded.
func TestCancelledImageFreesItsPlace(t *testing.T) {
	t.Parallel()
	m := NewProcessor(longest, nil)
	ctx, cancel := context.WithCancel(t.Context())
	lane := m.large
	ended := make(chan error, 1)
	go func() {
		_, err := m.NewBatch().Check(ctx, slowImage())
		ended <- err
	}()
	waitFor(t, func() bool { return !lane.unused() })
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if !lane.unused() {
		t.Error("the place is still taken")
	}
}

type userKey struct{}

func as(ctx context.Context, user string) context.Context {
	return context.WithValue(ctx, userKey{}, user)
}

func userOf(ctx context.Context) string {
	user, _ := ctx.Value(userKey{}).(string)
	return user
}

// TestImagesOfOneUserLeaveRoom checks that one who has as many images decoded
// as he can keeps nobody else waiting.
func TestImagesOfOneUserLeaveRoom(t *testing.T) {
	t.Parallel()
	m := NewProcessor(longest, userOf)
	greedy, other := as(t.Context(), "greedy"), as(t.Context(), "other")
	flood, stop := context.WithCancel(greedy)
	var calls sync.WaitGroup
	for range 20 {
		calls.Go(func() {
			if _, leave, err := m.enter(flood, 1); err == nil {
				<-flood.Done()
				leave()
			}
		})
		calls.Go(func() { _, _ = m.NewBatch().Check(flood, slowImage()) })
	}
	waitFor(t, func() bool {
		m.small.mu.Lock()
		defer m.small.mu.Unlock()
		return m.small.held["greedy"] == m.small.most
	})
	if _, err := m.NewBatch().Check(other, picturetest.PNG(t, picturetest.Plain(300, 300))); err != nil {
		t.Error(err)
	}
	stop()
	calls.Wait()
	for _, lane := range []*turns{m.small, m.large, m.files} {
		if !lane.unused() {
			t.Errorf("left: %+v", lane)
		}
	}
}

// TestAnswersShareAnAllowance shows as many slow images as are allowed together.
func TestAnswersShareAnAllowance(t *testing.T) {
	t.Parallel()
	m := NewProcessor(longest, nil).NewBatch()
	m.allowance.left = time.Second
	slow := picturetest.EmptyScans(800, 800, 100, false)
	shown := 0
	for range 30 {
		switch _, err := m.Check(t.Context(), slow); {
		case err == nil:
			shown++
		case !errors.Is(err, errAllowance):
			t.Fatal(err)
		}
	}
	source, err := inspect(slow, defaultPixels)
	if err != nil {
		t.Fatal(err)
	}
	if want := int(time.Second / source.estimate.work); shown != want || want == 0 || want == 30 {
		t.Errorf("%d are shown, want %d", shown, want)
	}
}

// BenchmarkDecode compares what decoding takes with its estimate, which should be
// higher, by less than ten times.
func BenchmarkDecode(b *testing.B) {
	big := picturetest.Noise(1000, 1000)
	for name, data := range map[string][]byte{
		"JPEG": picturetest.JPEG(b, big), "PNG": picturetest.PNG(b, big), "GIF": grayGIF(b, 2000, 2000), "plain PNG": picturetest.PNG(b, picturetest.Plain(2000, 2000)),
		"empty scans": picturetest.EmptyScans(3000, 3000, 10, false), "refining scans": picturetest.EmptyScans(3000, 3000, 10, true),
		"sequential scans": picturetest.SequentialScans(1000, 1000, 10),
	} {
		b.Run(name, func(b *testing.B) {
			source, err := inspect(data, defaultPixels)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, _, err := source.decode(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(source.estimate.work)*float64(b.N)/float64(b.Elapsed()), "estimate/actual")
		})
	}
}
