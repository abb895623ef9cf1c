package preview

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"dynamic-sessions-mcp/tools/excerpt"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, head string
		want       Kind
	}{
		{"a.pdf", "%PDF-1.7\n", PDF}, {"noname", "%PDF-1.7\n", PDF}, {"a.docx", "PK\x03\x04", Word}, {"a.XLSX", "PK\x03\x04", Workbook},
		{"a.jar", "PK\x03\x04", Archive}, {"a.ods", "PK\x03\x04", Workbook}, {"a.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Workbook},
		{"a.msi", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ""}, {"a.db", "SQLite format 3\x00", SQLite}, {"a.parquet", "PAR1", Parquet},
		{"a.tar.gz", "\x1f\x8b\x08", Tar}, {"a.csv.gz", "\x1f\x8b\x08", ""}, {"a.ipynb", "{\"cells\": []", Notebook}, {"a.json", "{\"cells\": []", ""},
		{"a.svg", "<?xml version=\"1.0\"?>\n<svg>", SVG}, {"a.svg", "plain text", ""}, {"a.html", "<!doctype html><html><svg>", ""}, {"a.txt", "see <svg> there", ""},
		{"a.bmp", "BM\x36\x0b\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00\x1e\x00\x00\x00\x1e\x00\x00\x00", Image}, {"BMW.txt", "BMW is a maker of cars in Munich", ""},
		{"a.tif", "II*\x00", Image}, {"a.ppm", "P6\n3 2", Image}, {"P6.txt", "P6 is a class", ""}, {"a.avif", "\x00\x00\x00\x20ftypavif", Image}, {"a.bin", "\x00\x01", ""}, {"a", "", ""},
	} {
		if got := KindOf(tt.name, []byte(tt.head)); got != tt.want {
			t.Errorf("%s, %q: %q, want %q", tt.name, tt.head, got, tt.want)
		}
	}
}

// TestCode asserts that what runs in the session is one line that shows nothing.
func TestCode(t *testing.T) {
	t.Parallel()
	text := code(Request{Path: "/mnt/data/\"a\\ü\U0001f600\n.pdf", Kind: PDF, Lines: excerpt.Range{First: 2, Last: 4}}, "MARK")
	if strings.Contains(text, "\n") || !strings.HasSuffix(text, ");") || !strings.HasPrefix(text, "exec(") {
		t.Errorf("the code is %.100q … %q", text, text[len(text)-20:])
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	v, err := read("x\nMARK {\"text\":\"t\",\"pictures\":[{\"data\":\"AA==\",\"label\":\"page 1\"}]}\ny", "MARK")
	if err != nil || v.Text != "t" || len(v.Pictures) != 1 || string(v.Pictures[0].Data) != "\x00" || v.Pictures[0].Label != "page 1" {
		t.Errorf("%+v, %v", v, err)
	}
	for _, out := range []string{"", "MARK", "MARK {}", "MARK {\n", "OTHER {}\n", "MARK []\n"} {
		if v, err := read(out, "MARK"); !errors.Is(err, ErrNoView) {
			t.Errorf("%q: %+v, %v", out, v, err)
		}
	}
}

func FuzzKindOf(f *testing.F) {
	f.Add("a.svg", []byte("<svg"))
	f.Add("a.tga", []byte("PK\x03\x04"))
	f.Add("x.bmp", []byte("BM"))
	f.Fuzz(func(t *testing.T, name string, head []byte) { KindOf(name, head) })
}

func FuzzRead(f *testing.F) {
	f.Add("MARK {\"text\":\"t\",\"pictures\":[{\"data\":\"AA==\"}]}\n")
	f.Add("MARK {\"text\":\"\\ud800\"}\n")
	f.Fuzz(func(t *testing.T, out string) {
		v, err := read(out, "MARK")
		if err != nil {
			return
		}
		if len(v.Pictures) > maxPictures || utf8.RuneCountInString(v.Text) > 2*maxText {
			t.Errorf("%d pictures, %d characters", len(v.Pictures), len(v.Text))
		}
	})
}
