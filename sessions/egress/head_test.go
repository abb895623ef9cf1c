package egress

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// FuzzSecretRequest reads what may be requests, and asserts that what the host gets of one
// is one request, to the host and without a placeholder.
func FuzzSecretRequest(f *testing.F) {
	client, err := New(Options{Secrets: heldSecrets()}).Client([]byte("a key"), nil)
	if err != nil {
		f.Fatal(err)
	}
	placeholder := client.Environment()["KEY"]
	for _, text := range []string{
		"GET /?a=PLACEHOLDER HTTP/1.1\r\nHost: ok.example\r\nAuthorization: Basic YTpi\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: ok.example:443\r\nContent-Length: 3\r\nX: PLACEHOLDER\r\n\r\nabcGET / HTTP/1.1\r\nHost: ok.example\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: ok.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: ok.example\r\nConnection: x-a\r\nX-A: 1\r\nExpect: 100-continue\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		text = bytes.ReplaceAll(text, []byte("PLACEHOLDER"), []byte(placeholder))
		c := &terminated{client: client, host: "ok.example", port: securePort, own: client.vault.of("ok.example", securePort),
			r: bufio.NewReaderSize(bytes.NewReader(text), maxHead)}
		req, err := c.readRequest()
		if err != nil {
			return
		}
		out, filled, err := c.prepare(t.Context(), req)
		if err != nil {
			return
		}
		if req.ContentLength != 0 {
			out.Body = io.NopCloser(req.Body)
		}
		var sent bytes.Buffer
		if out.Write(&sent) != nil {
			return // as the transport would
		}
		r := bufio.NewReader(&sent)
		got, err := http.ReadRequest(r)
		if err != nil {
			t.Fatalf("%q is passed on as what cannot be read: %v", text, err)
		}
		if _, err := io.Copy(io.Discard, got.Body); err != nil {
			t.Fatalf("%q: the body: %v", text, err)
		}
		if rest, _ := io.ReadAll(r); len(rest) > 0 {
			t.Errorf("%q: more than one request: %q", text, rest)
		}
		if got.Host != "ok.example" || got.Method != req.Method || len(got.Header["Host"]) > 0 {
			t.Errorf("%q: %s to %q", text, got.Method, got.Host)
		}
		for _, part := range texts(got.Header, got.URL) {
			if strings.Contains(part, placeholder) {
				t.Errorf("%q: a placeholder is passed on in %q, with %v filled in", text, part, filled.used)
			}
		}
	})
}

func heldSecrets() []Secret {
	value := testKey
	return []Secret{{Name: "KEY", host: "ok.example", port: securePort, value: &value}}
}
