package rest_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// BenchmarkExecute is what the service adds to a run that takes no time.
func BenchmarkExecute(b *testing.B) {
	s := newService(b, script(sessions.Execution{Result: []byte("42"), Text: "42"}), rest.Options{})
	for b.Loop() {
		if got := s.request("POST", "/executions"+flat, `{"code":"6*7"}`); got.status != 200 {
			b.Fatal(got.body)
		}
	}
}

// sink is a pool whose files take no time: it forgets uploads, and downloads
// are of a file in memory.
type sink struct {
	*sessionstest.Fake
	file []byte
}

func (p sink) Upload(_ context.Context, _ sessions.ID, name string, r io.Reader) (sessions.File, error) {
	n, err := io.Copy(io.Discard, struct{ io.Reader }{r})
	return sessions.File{Name: name, Size: n}, err
}

func (p sink) Download(context.Context, sessions.ID, string) (sessions.File, io.ReadCloser, error) {
	return sessions.File{Size: int64(len(p.file))}, struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader(p.file), io.NopCloser(nil)}, nil
}

const benchmarkSize = 100 << 20

func BenchmarkUpload(b *testing.B) {
	url := newServer(b, rest.New(sink{Fake: &sessionstest.Fake{}}, rest.Options{}))
	form, contentType := newForm(b, part{"file", "f", strings.Repeat("x", benchmarkSize)})
	b.SetBytes(benchmarkSize)
	for b.Loop() {
		response, err := http.Post(url+"/files"+flat, contentType, strings.NewReader(form))
		if err != nil || response.StatusCode != 200 {
			b.Fatal(response, err)
		}
		response.Body.Close()
	}
}

func BenchmarkDownload(b *testing.B) {
	url := newServer(b, rest.New(sink{&sessionstest.Fake{}, make([]byte, benchmarkSize)}, rest.Options{}))
	b.SetBytes(benchmarkSize)
	for b.Loop() {
		response, err := http.Get(url + "/files/f/content" + flat)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, response.Body); n != benchmarkSize || err != nil {
			b.Fatal(n, err)
		}
		response.Body.Close()
	}
}
