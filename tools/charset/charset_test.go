package charset

import (
	"bytes"
	"compress/flate"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// texts are tables and sentences as people have them, by the codec of Python in which
// they are stored.
var texts = []struct {
	python   string
	encoding encoding.Encoding
	text     string
}{
	{"cp1250", charmap.Windows1250, "město;počet\nŽďár nad Sázavou;21\nČeské Budějovice;94\n"},
	{"cp1250", charmap.Windows1250, "Příliš žluťoučký kůň úpěl ďábelské ódy."},
	{"cp1250", charmap.Windows1250, "miasto,ludność\nŁódź,672\nGdańsk,470\nWałbrzych,109\nzażółć gęślą jaźń\n"},
	{"cp1250", charmap.Windows1250, "Hódmezővásárhely városában a gyűjtőút időszerű felújítása következő évre marad."},
	{"cp1252", charmap.Windows1252, "nom;prénom;ville\nLefèvre;Zoé;Orléans\nMüller;François;Besançon\n"},
	{"cp1252", charmap.Windows1252, "Straße;Größe\nÄußere Ringstraße;12\nMühlenweg;7\n"},
	{"cp1252", charmap.Windows1252, "navn;beløb\nÅse Bjørnsen;3\nKåre Ødegård;4\n"},
	{"cp1252", charmap.Windows1252, "As informações não são suficientes; a opção é não concluir."},
	{"cp1252", charmap.Windows1252, "El niño comió piña. ¿Dónde está mañana el señor Núñez?"},
	{"cp1252", charmap.Windows1252, "The price is €5 – “cheap”, he said; it’s 20°C."},
	{"cp1252", charmap.Windows1252, "café"},
	{"cp1251", charmap.Windows1251, "город;население\nМосква;13000000\nСанкт-Петербург;5600000\n"},
	{"cp1251", charmap.Windows1251, "Съешь же ещё этих мягких французских булок, да выпей чаю."},
	{"koi8_r", charmap.KOI8R, "Съешь же ещё этих мягких французских булок, да выпей чаю.\nПривет, мир!\n"},
	{"koi8_r", charmap.KOI8R, "город;население\nМосква;13000000\nСанкт-Петербург;5600000\n"},
	{"cp866", charmap.CodePage866, "Съешь же ещё этих мягких французских булок, да выпей чаю."},
	{"cp1253", charmap.Windows1253, "πόλη;πληθυσμός\nΑθήνα;664046\nΘεσσαλονίκη;325182\n"},
	{"cp1254", charmap.Windows1254, "şehir;nüfus\nİstanbul;15\nDiyarbakır;1\nEskişehir güneşli bir gün\n"},
	{"cp1255", charmap.Windows1255, "עיר;אוכלוסייה\nירושלים;950000\nתל אביב;460000\n"},
	{"cp1256", charmap.Windows1256, "المدينة;السكان\nالقاهرة;10000000\nبغداد;8000000\n"},
	{"cp874", charmap.Windows874, "เมือง;ประชากร\nกรุงเทพมหานคร;10000000\nเชียงใหม่;130000\n"},
	{"cp932", japanese.ShiftJIS, "都市,人口\n東京,13960000\n大阪市,2750000\n売上は前年より増加しました。\n"},
	{"cp932", japanese.ShiftJIS, "名前,売上\n田中,100\n佐藤,200\n"},
	{"euc_jp", japanese.EUCJP, "都市,人口\n東京,13960000\nこれは日本語の文章です。売上は前年より増加しました。\n"},
	{"gb18030", simplifiedchinese.GBK, "城市,人口\n北京,21540000\n上海,24280000\n我们的销售额比去年增加了。\n"},
	{"gb18030", simplifiedchinese.GBK, "姓名,销售额\n张三,100\n李四,200\n"},
	{"big5", traditionalchinese.Big5, "城市,人口\n臺北,2646204\n高雄,2773533\n我們的銷售額比去年增加了。\n"},
	{"cp949", korean.EUCKR, "도시,인구\n서울,9776000\n부산,3448737\n매출이 작년보다 늘었습니다.\n"},
	{"utf-8", unicode.UTF8, "navn;beløb\nÅse;3\n"},
	{"utf-8", unicode.UTF8, "a,b\r\n1,2\r\n"},
	{"utf-8-sig", unicode.UTF8BOM, "navn;beløb\nÅse;3\n"},
	{"utf-16", unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM), "navn;beløb\nÅse;3\n"},
	{"utf-16", unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM), "navn;beløb\nÅse;3\n"},
	{"utf-16-le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "navn;beløb\nÅse;3\n"},
	{"utf-16-be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "navn;beløb\nÅse;3\n"},
	{"utf-16-le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "город;население\nМосква;13\n"},
	{"utf-16-le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "都市,人口\n東京,13960000\n大阪市,2750000\n"},
	{"iso2022_jp", japanese.ISO2022JP, "都市,人口\n東京,13960000\n"},
}

func TestTextsAreTold(t *testing.T) {
	t.Parallel()
	for _, tt := range texts {
		data, err := tt.encoding.NewEncoder().Bytes([]byte(tt.text))
		if err != nil {
			t.Fatalf("%s: %v", tt.text, err)
		}
		for _, whole := range []bool{true, len(data) < 10} {
			got, ok := Detect(data, whole)
			if !ok || got.Python != tt.python {
				t.Errorf("%.30q in %s is taken for %q, %t", tt.text, tt.python, got.Python, ok)
				continue
			}
			text, err := io.ReadAll(got.Decode(bytes.NewReader(data)))
			if err != nil || string(text) != tt.text {
				t.Errorf("%s: decoded as %q, %v", tt.python, text, err)
			}
		}
	}
}

// A sample that ends within a character is the beginning of the same text.
func TestSamplesThatAreCut(t *testing.T) {
	t.Parallel()
	for _, tt := range texts {
		data, err := tt.encoding.NewEncoder().Bytes([]byte(strings.Repeat(tt.text, 3)))
		if err != nil {
			t.Fatal(err)
		}
		for cut := 1; cut < 4 && len(data) > 30; cut++ {
			if got, ok := Detect(data[:len(data)-cut], false); !ok || got.Python != tt.python {
				t.Errorf("%.30q in %s, less %d bytes, is taken for %q, %t", tt.text, tt.python, cut, got.Python, ok)
			}
		}
	}
}

// TestBinaryIsNotText asserts that data without a text in it are never text.
func TestBinaryIsNotText(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		"\x00\x01\x02", "PK\x03\x04\x14\x00", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "\x7fELF\x02\x01\x01", "\x80\x04\x95\x10\x00\x00\x00",
		"\xfb\xff\xbf", "\x01\x02\x03\x04", strings.Repeat("\x00\x01", 100), strings.Repeat("\x01\x00\x02\x00", 50), "\xff\xfe", "\xff\xfe\x00\xd8\x01\x02\x03\x04\x05\x06",
	} {
		if got, ok := Detect([]byte(data), true); ok && data != "\xff\xfe" {
			t.Errorf("%q is taken for %s", data, got.Name)
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		data := make([]byte, 24+random.IntN(2000))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		if got, ok := Detect(data, true); ok {
			t.Errorf("%d random bytes are taken for %s: %q", len(data), got.Name, data[:24])
		}
	}
	for _, tt := range texts {
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := io.WriteString(w, tt.text); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got, ok := Detect(packed.Bytes(), true); ok {
			t.Errorf("%q, compressed, is taken for %s", tt.text, got.Name)
		}
	}
}

func FuzzDetect(f *testing.F) {
	for _, tt := range texts {
		if data, err := tt.encoding.NewEncoder().Bytes([]byte(tt.text)); err == nil {
			f.Add(data, true)
		}
	}
	f.Add([]byte("\x1b$B\x1b(B\xff"), false)
	f.Fuzz(func(t *testing.T, data []byte, whole bool) {
		set, ok := Detect(data, whole)
		if !ok {
			return
		}
		text, err := io.ReadAll(set.Decode(bytes.NewReader(data)))
		if err != nil || !utf8.Valid(text) {
			t.Errorf("%q in %s is %q, %v", data, set.Name, text, err)
		}
		if utf8.Valid(data) && bytes.IndexByte(data, 0) < 0 && set.Guessed {
			t.Errorf("%q is UTF-8, and taken for %s", data, set.Name)
		}
	})
}
