package tools

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

func TestDecodeBase64(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                            "",
		"aGVsbG8=":                    "hello",
		"aGVsbG8":                     "hello",
		" aGVs\r\nbG8= \n":            "hello",
		"-_-_":                        "\xfb\xff\xbf",
		"+/+/":                        "\xfb\xff\xbf",
		"data:text/plain;base64,aGk=": "hi",
	} {
		if got, err := decodeBase64("content_base64", in); err != nil || string(got) != want {
			t.Errorf("decodeBase64(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"hello world!":      `character 11, not counting spaces, is "!"`,
		"aGVsb":             "cut short",
		"aGV=sbG8":          "character 4",
		"aGVsbG8===":        "more than two",
		"data:,plain":       "data: URL that is not in base64",
		"aé":                "character 2",
		"{\"a\": \"json\"}": "character 1",
	} {
		_, err := decodeBase64("content_base64", in)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "content_base64") {
			t.Errorf("decodeBase64(%q): %v, want %q", in, err, want)
		}
	}
}

func FuzzDecodeBase64(f *testing.F) {
	f.Add([]byte("hello"), "aGVsbG8=")
	f.Add([]byte{0xfb, 0xff}, "a===")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			got, err := decodeBase64("x", encoding.EncodeToString(data))
			if err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%q came back as %q, %v", data, got, err)
			}
		}
		_, _ = decodeBase64("x", text)
	})
}
