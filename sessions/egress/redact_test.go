package egress

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
)

// verify verifies a certificate as the session of a client does.
func verify(c *Client, leaf tls.Certificate, host string) ([][]*x509.Certificate, error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(c.Authority()))
	cert, err := x509.ParseCertificate(leaf.Certificate[0])
	if err != nil {
		return nil, err
	}
	return cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: host})
}

func heldFor(values ...string) (own []held) {
	for i, value := range values {
		name := string(rune('A' + i))
		own = append(own, held{Secret{Name: name, value: &value}, "placeholder-" + name})
	}
	return own
}

func redacted(t *testing.T, from io.Reader, own []held) string {
	t.Helper()
	got, err := io.ReadAll(newRedactor(from, formsOf(own, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// TestRedactor replaces every form of a secret, wherever the pieces of a stream end.
func TestRedactor(t *testing.T) {
	t.Parallel()
	const value = `k"&<9/+ é?` + "x\\y~end"
	own := heldFor(value, "abcdefgh", "abcdefghijkl")
	escaped, _ := json.Marshal(value)
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), string(escaped[1 : len(escaped)-1]), "abcdefgh", "abcdefghijkl"}
	for before := range 5 {
		forms = append(forms, base64.StdEncoding.EncodeToString([]byte(strings.Repeat("u", before)+value+"tail")), base64.URLEncoding.EncodeToString([]byte(strings.Repeat("u", before)+value)))
	}
	for _, text := range forms {
		for _, around := range []string{"", "abcdefg", "k\"&", " " + value + " "} {
			whole := around + text + around
			for name, from := range map[string]io.Reader{"whole": strings.NewReader(whole), "bytes": iotest.OneByteReader(strings.NewReader(whole)), "with its end": iotest.DataErrReader(strings.NewReader(whole))} {
				got := redacted(t, from, own)
				for _, h := range own {
					if strings.Contains(got, *h.value) || strings.Contains(got, inBase64(base64.RawStdEncoding, *h.value, 1)) || !strings.Contains(got, "placeholder-") {
						t.Fatalf("%s of %q: %q", name, whole, got)
					}
				}
			}
		}
	}
	if got := redacted(t, strings.NewReader("abcdefghijklabcdefghijk"), own); got != "placeholder-Cplaceholder-Bijk" {
		t.Errorf("the longest is not replaced first: %s", got)
	}
	if got := redacted(t, iotest.ErrReader(io.EOF), own); got != "" {
		t.Errorf("nothing: %q", got)
	}
}

// TestRedactorPassesOn: what cannot begin a secret is there at once, as a stream of events
// needs it.
func TestRedactorPassesOn(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close()
	from := newRedactor(r, formsOf(heldFor("secret-value-1"), nil))
	b := make([]byte, 100)
	for _, step := range []struct{ write, want string }{{"data: 1\n\n", "data: 1\n\n"}, {"data: secret", "data: "}, {"-value-1\n\n", "placeholder-A\n\n"}, {"x se", "x "}, {"cond", "second"}} {
		done := make(chan struct{})
		go func() { defer close(done); _, _ = io.WriteString(w, step.write) }()
		n, err := from.Read(b)
		<-done
		if err != nil || string(b[:n]) != step.want {
			t.Fatalf("after %q: %q, %v", step.write, b[:n], err)
		}
	}
}

// FuzzRedactor asserts that no secret passes, that a stream without one is not changed, and
// that pieces give what the whole gives.
func FuzzRedactor(f *testing.F) {
	f.Add([]byte("aabaabaaabab"), "aabaabaa", uint8(3))
	f.Add([]byte("xsecret-1secret-1secret"), "secret-1", uint8(1))
	f.Fuzz(func(t *testing.T, text []byte, value string, piece uint8) {
		if len(value) < minSecret || len(value) > 100 || strings.Contains("placeholder-A", value) {
			return
		}
		own := heldFor(value)
		whole := redacted(t, bytes.NewReader(text), own)
		pieces := redacted(t, &small{bytes.NewReader(text), int(piece)%16 + 1}, own)
		if pieces != whole {
			t.Errorf("%q in pieces: %q, whole: %q", text, pieces, whole)
		}
		if !strings.Contains(whole, "placeholder-A") && whole != string(text) {
			t.Errorf("%q was changed to %q", text, whole)
		}
		rest := strings.ReplaceAll(whole, "placeholder-A", "\x00")
		if !strings.Contains(value, "\x00") && strings.Contains(rest, value) {
			t.Errorf("%q passes in %q", value, whole)
		}
	})
}

// small reads a few bytes at a time.
type small struct {
	io.Reader
	most int
}

func (s *small) Read(b []byte) (int, error) { return s.Reader.Read(b[:min(len(b), s.most)]) }
