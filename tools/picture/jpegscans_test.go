package picture

import (
	"bytes"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"dynamic-sessions-mcp/tools/picture/picturetest"
)

func FuzzJPEGScans(f *testing.F) {
	f.Add(picturetest.JPEG(f, picturetest.Noise(20, 20)))
	f.Add(picturetest.EmptyScans(30, 20, 3, true))
	f.Add(picturetest.SequentialScans(20, 30, 2))
	names, err := filepath.Glob("testdata/pictures/*.jpg")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		frame := jpegScans(data)
		if frame.visits < 0 || frame.refined < 0 || frame.blocks() < 0 {
			t.Fatalf("%+v", frame)
		}
		conf, err := jpeg.DecodeConfig(bytes.NewReader(data))
		if err != nil || conf.Width*conf.Height > 1<<16 || frame.visits > 1<<20 {
			t.Skip("damaged or large")
		}
		if img, err := jpeg.Decode(bytes.NewReader(data)); err == nil &&
			(frame.scans == 0 || 64*frame.blocks() < int64(img.Bounds().Dx()*img.Bounds().Dy())) {
			t.Fatalf("an image of %v decodes, and has %+v", img.Bounds(), frame)
		}
	})
}
