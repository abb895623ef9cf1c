package kernel

import (
	"bytes"
	pixels "image"
	_ "image/jpeg" // for photographs
	_ "image/png"  // for all else
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// shown is the picture of a display as an image, with its format, and what is told
// about it.
func shown(t *testing.T, d sessions.Display) (img pixels.Image, format, told string) {
	t.Helper()
	for _, kind := range []string{"image/png", "image/jpeg"} {
		if data := d.Data[kind]; data != nil {
			var err error
			if img, format, err = pixels.Decode(bytes.NewReader(data)); err != nil || "image/"+format != kind {
				t.Fatalf("a picture of type %s is %s, %v", kind, format, err)
			}
		}
	}
	return img, format, string(d.Data["text/vnd.dynamic-sessions.summary"])
}

// TestPictureSizes asserts that pictures come at a size that is seen, in a form
// that is small, and that what is changed is told, whatever way they are shown.
func TestPictureSizes(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, `import numpy as np, matplotlib.pyplot as plt
from PIL import Image as PIL
from IPython.display import Image
noise = np.random.default_rng(1).integers(0, 255, (60, 90, 3), dtype="uint8")
photo = PIL.fromarray(noise).resize((6000, 4000)); photo.save("photo.jpg"); photo.crop((0, 0, 2400, 1600)).save("part.png", compress_level=1)
red = PIL.new("RGB", (6000, 4000), "red")
turned = photo.resize((300, 200)); exif = turned.getexif(); exif[0x112] = 6; turned.save("turned.jpg", exif=exif)
film = [PIL.new("RGB", (300, 200), (20 * i, 0, 0)) for i in range(12)]
for name in ("film.gif", "film.png", "film.webp"): film[0].save(name, save_all=True, append_images=film[1:], duration=100)
PIL.new("RGB", (1000000, 1), "blue").save("wide.png")
large = PIL.fromarray((np.arange(1000000) % 3001).astype("uint16").reshape(1000, 1000))
holes = np.zeros((100, 100), "float32"); holes[0] = np.nan; holes[1] = 1`)
	for _, c := range []struct {
		code, format  string
		width, height int
		told          string // parts of it, between spaces
	}{
		{"photo", "jpeg", 1313, 875, "6000×4000 shown picture.jpg"},
		{"red", "png", 1313, 875, "6000×4000 picture.png"},
		{"photo.convert('CMYK')", "jpeg", 1313, 875, "6000×4000"},
		{"PIL.open('photo.jpg')", "jpeg", 1313, 875, "photo.jpg"},
		{"display(photo.resize((2000, 1000)))", "jpeg", 1516, 758, "2000×1000 shown"},
		{"Image('photo.jpg')", "jpeg", 1313, 875, "6000×4000 photo.jpg"},
		{"Image(open('photo.jpg', 'rb').read())", "jpeg", 1313, 875, "6000×4000 picture-2.jpg"},
		{"Image('part.png')", "jpeg", 1313, 875, "2400×1600"},
		{"Image('wide.png')", "png", 1568, 60, "1000000×1 stretched"},
		{"PIL.new('CMYK', (40, 40))", "png", 200, 200, "40×40 enlarged"},
		{"PIL.new('L', (1, 1))", "png", 200, 200, "enlarged"},
		{"PIL.new('1', (300, 20))", "png", 900, 60, "enlarged"},
		{"PIL.open('turned.jpg')", "jpeg", 200, 300, "upright"},
		{"Image('turned.jpg')", "jpeg", 200, 300, "upright"},
		{"PIL.open('film.gif')", "png", 912, 406, "12 frames film.gif 1.2"},
		{"Image('film.png')", "png", 912, 406, "12 frames film.png"},
		{"Image(open('film.webp', 'rb').read())", "png", 912, 406, "12 frames animation.webp"},
		{"large", "", 1000, 1000, "0 3000"},
		{"PIL.fromarray(holes)", "png", 100, 100, "finite"},
		{"plt.figure(figsize=(3, 2)); plt.plot([1]); plt.show()", "png", 0, 0, ""},
		{"plt.figure(figsize=(40, 20)); plt.plot([1]); plt.title('A title'); plt.show()", "png", 0, 0, "4000×2000 a-title.png"},
		{"plt.figure(figsize=(1920, 1080)); plt.plot([1]); plt.show()", "png", 0, 0, "inches"},
		{"plt.imshow(photo); plt.show()", "png", 0, 0, ""},
	} {
		o := p.run(t, c.code)
		if len(o.Displays) != 1 || o.Error != nil {
			t.Errorf("%s: %d displays, %+v", c.code, len(o.Displays), o.Error)
			continue
		}
		img, format, told := shown(t, o.Displays[0])
		if img == nil || c.format != "" && format != c.format || told == "" != (c.told == "") {
			t.Errorf("%s: %s, %q", c.code, format, told)
			continue
		}
		for part := range strings.FieldsSeq(c.told) {
			if !strings.Contains(told, part) {
				t.Errorf("%s: told %q, without %q", c.code, told, part)
			}
		}
		size := img.Bounds().Size()
		if c.width > 0 && (size.X != c.width || size.Y != c.height) || max(size.X, size.Y) > 1568 || size.X*size.Y > 1_150_000 {
			t.Errorf("%s: %v", c.code, size)
		}
	}
	if files, err := filepath.Glob(filepath.Join(p.data, "out", "*")); err != nil || len(files) != 5 {
		t.Errorf("files %q, %v", files, err)
	}
	o := p.run(t, "display(Image(url='https://example.com/a.png')); display(Image(b'\\x89PNG\\r\\n\\x1a\\n' * 20)); photo.resize((300, 200)).show()")
	if len(o.Displays) != 3 || o.Displays[2].Data["image/jpeg"] == nil {
		t.Fatalf("%d displays, %+v", len(o.Displays), o.Error)
	}
	for i, want := range []string{"no network", "damaged"} {
		if _, _, told := shown(t, o.Displays[i]); !strings.Contains(told, want) {
			t.Errorf("%q does not tell %q", told, want)
		}
	}
}

// TestImagePixels asserts that the bound of pictures is the one that is set.
func TestImagePixels(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{ImagePixels: 20_000}, Options{})
	for _, code := range []string{"from PIL import Image\nImage.new('RGB', (1000, 500))", "import matplotlib.pyplot as plt\nplt.plot([1]);"} {
		o := p.run(t, code)
		if len(o.Displays) != 1 {
			t.Fatalf("%s: %+v", code, o.Error)
		}
		img, _, told := shown(t, o.Displays[0])
		if size := img.Bounds().Size(); size.X*size.Y > 20_000 || size.X*size.Y < 10_000 || told == "" {
			t.Errorf("%s: %v, %q", code, size, told)
		}
	}
}

// TestPictureModes asserts that images of every kind are shown, and that none is
// changed.
func TestPictureModes(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	o := p.run(t, `from PIL import Image as PIL
modes = "1", "L", "LA", "La", "PA", "P", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16", "I;16B"
def show(mode, size):
    image = PIL.new(mode, size)
    data = get_ipython().display_formatter.format(image)[0]
    assert image.size == size and image.mode == mode
    return any(name.startswith("image/") for name in data)
[(m, s) for m in modes for s in ((30, 20), (100, 80), (2500, 10), (1700, 1400)) if not show(m, s)]`)
	if string(o.Result) != `"[]"` {
		t.Errorf("not shown: %s, %+v", o.Result, o.Error)
	}
}

// TestManyPictures asserts that equal pictures come once, and that those beyond
// what an answer may have are files.
func TestManyPictures(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "from PIL import Image\ndef image(i): return Image.new('RGB', (70, 70), (20 * i, 0, 0))")
	o := p.run(t, "for i in range(3): display(image(1)); display(image(2))")
	var again int
	for _, d := range o.Displays {
		if _, _, told := shown(t, d); strings.Contains(told, "again") {
			again++
		}
	}
	if again != 4 || len(o.Displays) != 6 {
		t.Errorf("%d of %d displays are known, %+v", again, len(o.Displays), o.Error)
	}
	o = p.run(t, "[image(i) for i in range(12)]")
	if len(o.Displays) != 9 || pictures(o) != 8 || o.Text != "" {
		t.Fatalf("%d pictures in %d displays, %q, %+v", pictures(o), len(o.Displays), o.Text, o.Error)
	}
	if _, _, told := shown(t, o.Displays[8]); !strings.Contains(told, "picture-9.png") || !strings.Contains(told, "picture-12.png") {
		t.Errorf("told %q", told)
	}
	for _, name := range []string{"picture-9.png", "picture-12.png"} {
		if _, err := os.Stat(filepath.Join(p.data, "out", name)); err != nil {
			t.Error(err)
		}
	}
	// Displays that are replaced do not count.
	if o = p.run(t, "h = display(image(0), display_id=True)\nfor i in range(1, 12): h.update(image(i))\ndisplay(image(0))"); pictures(o) != 2 {
		t.Errorf("%d pictures, %+v", pictures(o), o.Error)
	}
	if o = p.run(t, "fig, ax = __import__('matplotlib.pyplot').pyplot.subplots(); ax.plot([1]); display(fig); fig"); pictures(o) != 1 {
		t.Errorf("a figure is shown %d times", pictures(o))
	}
}

// TestBlankFigure asserts that code learns of an empty picture that it saves.
func TestBlankFigure(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	o := p.run(t, "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show(); plt.savefig('result.png')")
	if o.Error != nil || !strings.Contains(o.Stderr, "result.png is blank") || showsKernel(o.Stderr) {
		t.Errorf("%q, %+v", o.Stderr, o.Error)
	}
	o = p.run(t, "plt.plot([1, 2]); plt.savefig('result.png'); plt.figure(); plt.title('t'); plt.savefig('b.png'); plt.figtext(0, 0, 'x'); plt.savefig('c.png')")
	if o.Error != nil || o.Stderr != "" {
		t.Errorf("%q, %+v", o.Stderr, o.Error)
	}
}
