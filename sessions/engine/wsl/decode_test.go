package wsl

import (
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// wide is a text in UTF-16LE.
func wide(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "dynamic-sessions-mcp\r\n", "Für häufige Fälle\r\n", "不存在具有所提供名称的分发。\r\nError code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND\r\n", "上\r\n", "😀\n",
	} {
		if got := decode(wide(text)); got != text {
			t.Errorf("UTF-16: got %q, want %q", got, text)
		}
		if got := decode([]byte(text)); got != text {
			t.Errorf("UTF-8: got %q, want %q", got, text)
		}
	}
	mixed := "x: Größe\r\n" + string(wide("Für\r\n上中\r\n")) + "wsl: no.\n" + string(wide("Error code: Wsl/E_FAIL\r\n")) + "tar: x"
	if got, want := decode([]byte(mixed)), "x: Größe\r\nFür\r\n上中\r\nwsl: no.\nError code: Wsl/E_FAIL\r\ntar: x"; got != want {
		t.Errorf("both: got %q, want %q", got, want)
	}
	for written, want := range map[string]string{
		"\xff\xfea\x00\n\x00": "a\n", "a\x00b": "a", "a\xffb": "ab", "\x00\xd8a\x00": "\ufffda",
	} {
		if got := decode([]byte(written)); got != want {
			t.Errorf("%q: got %q, want %q", written, got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("a\x00\r\x00\n\x00"))
	f.Add([]byte("a\x00\xd8"))
	f.Fuzz(func(t *testing.T, written []byte) {
		if text := decode(written); !utf8.ValidString(text) {
			t.Errorf("%q", text)
		}
	})
}
