package azure_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/azure"
	"dynamic-sessions-mcp/sessions/wire"
)

// pattern yields n bytes and can seek, without having them in memory.
type pattern struct{ at, n int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.at == p.n {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), p.n-p.at)]
	for i := range b {
		b[i] = byte(p.at + int64(i))
	}
	p.at += int64(len(b))
	return len(b), nil
}

func (p *pattern) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		p.at = offset
	case io.SeekCurrent:
		p.at += offset
	case io.SeekEnd:
		p.at = p.n + offset
	}
	return p.at, nil
}

// received reads the file of a multipart body as a stream.
func received(t *testing.T, r *http.Request) (name string, size int64, ok bool) {
	parts, err := r.MultipartReader()
	if err != nil {
		t.Error(err)
		return "", 0, false
	}
	part, err := parts.NextPart()
	if err != nil {
		return "", 0, false
	}
	if part.FormName() != "file" {
		t.Errorf("the part is called %q", part.FormName())
	}
	n, err := io.Copy(io.Discard, part)
	return part.FileName(), n, err == nil
}

// 100 MB go up and down without being in memory.
func TestTransfersAreStreamed(t *testing.T) {
	t.Parallel()
	const size = 100_000_000
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Length", strconv.Itoa(size))
			_, _ = io.Copy(w, &pattern{n: size})
			return
		}
		name, n, ok := received(t, r)
		if name != "big.bin" || n != size || !ok || r.ContentLength < size {
			t.Errorf("got %q with %d bytes, length %d", name, n, r.ContentLength)
		}
		answerWith(w, 200, `{"name":"big.bin"}`)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := pool.Upload(t.Context(), id, "big.bin", &pattern{n: size})
	if err != nil || f.Size != size {
		t.Errorf("Upload: %+v, %v", f, err)
	}
	f, r, err := pool.Download(t.Context(), id, "big.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if n, err := io.Copy(io.Discard, r); err != nil || n != size || f.Size != size {
		t.Errorf("Download: %d bytes of %+v, %v", n, f, err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > size/2 {
		t.Errorf("%d bytes were allocated", grown)
	}
}

// An upload is sent again from where its reader stood.
func TestUploadAgain(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			answerWith(w, 429, "") // before the body has been read
			return
		}
		if _, n, ok := received(t, r); n != 999_000 || !ok {
			t.Errorf("the second attempt has %d bytes", n)
		}
		answerWith(w, 200, `{"name":"x"}`)
	})
	source := &pattern{n: 1_000_000}
	source.at = 1000
	if f, err := pool.Upload(t.Context(), id, "a.bin", source); err != nil || f.Size != 999_000 {
		t.Errorf("got %+v, %v", f, err)
	}
}

func TestUploadThatFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	var whole atomic.Int64
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, _, ok := received(t, r); ok {
			whole.Add(1)
		}
	}, func(o *azure.Options) { o.MaxUpload = 1000 })
	for _, tt := range []struct {
		r    io.Reader
		want error
	}{
		{io.MultiReader(strings.NewReader("half"), iotest.ErrReader(boom)), boom},
		{strings.NewReader(strings.Repeat("x", 1001)), sessions.ErrTooLarge},
		{io.MultiReader(strings.NewReader(strings.Repeat("x", 1001))), sessions.ErrTooLarge},
	} {
		if _, err := pool.Upload(t.Context(), id, "a.bin", tt.r); !errors.Is(err, tt.want) {
			t.Errorf("got %v, want %v", err, tt.want)
		}
	}
	if whole.Load() != 0 {
		t.Error("the service got a whole file")
	}
}

func TestDownloadIsCut(t *testing.T) {
	t.Parallel()
	pool := serve(t, cutOff)
	_, r, err := pool.Download(t.Context(), id, "a.bin")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadAll(r); !errors.Is(err, sessions.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// Whatever is in a name or an identifier is a name or an identifier.
func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	const odd = sessions.ID("a?b&c=d#e/f%20+")
	for _, name := range []string{
		"&identifier=other", "q?x=1", "h#h", "%2e%2e%2fx", "a b+c", "ünï☃", "...", `quo"te;x=y`,
		"in a/sub&folder=1/&path=x", strings.Repeat("n", 255),
	} {
		for _, v := range []string{wire.Version20241002, wire.Version20240202} {
			var uploaded, path string
			pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				if q.Get(wire.ParamIdentifier) != string(odd) || len(q[wire.ParamIdentifier]) != 1 {
					t.Errorf("%q: the query is %s", name, r.URL.RawQuery)
				}
				dir := q.Get(wire.ParamPath)
				if r.Method == http.MethodPost {
					file, _, _ := received(t, r)
					uploaded = strings.TrimPrefix(dir+"/"+file, "/")
					answerWith(w, 200, `{"name":"x"}`)
					return
				}
				path = strings.TrimPrefix(r.URL.Path, poolPath+"/files/")
				path = strings.TrimPrefix(strings.TrimSuffix(path, "/content"), "content/")
				path = strings.TrimPrefix(dir+"/"+path, "/")
				_, _ = io.WriteString(w, "x")
			}, version(v))
			if _, err := pool.Upload(t.Context(), odd, name, strings.NewReader("x")); err != nil || uploaded != name {
				t.Errorf("%q was uploaded as %q, %v", name, uploaded, err)
			}
			_, r, err := pool.Download(t.Context(), odd, name)
			if err != nil || path != name {
				t.Errorf("%q was downloaded as %q, %v", name, path, err)
				continue
			}
			r.Close()
		}
	}
}

// What a listing says is not trusted.
func TestHostileListing(t *testing.T) {
	t.Parallel()
	const body = `{"value":[
		{"name":"../../etc/passwd","type":"file","sizeInBytes":1},
		{"name":"..","type":"directory"},
		{"name":"bad\nname","type":"file"},
		{"name":"x","directory":"../..","type":"file"},
		{"name":"good","type":"FILE","sizeInBytes":-5},
		{"name":"b","type":"file"},{"name":"c","type":"file"}],
		"nextLink":"https://evil.example/files?skip=2&identifier=other"}`
	var requests atomic.Int64
	pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); requests.Add(1) == 2 && (q.Get("skip") != "2" || q.Get(wire.ParamIdentifier) != string(id)) {
			t.Errorf("the second page's query is %s", r.URL.RawQuery)
		}
		answerWith(w, 200, body)
	}, func(o *azure.Options) { o.MaxList = 2 })
	l, err := pool.List(t.Context(), id, "", false)
	if err != nil || len(l.Files) != 2 || l.Files[0].Name != "b" || l.Files[1].Name != "good" || l.Files[1].Size != 0 || l.Omitted != -1 {
		t.Errorf("got %+v, %v", l, err)
	}
	if n := requests.Load(); n > 300 {
		t.Errorf("%d requests for one listing", n)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	t.Parallel()
	pool := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte(" "), 1<<20))
	}, func(o *azure.Options) { o.MaxResponse = 1 << 16 })
	if err := execute(context.Background(), pool); !errors.Is(err, sessions.ErrOutcomeUnknown) || !strings.Contains(err.Error(), "more than 65536 bytes") {
		t.Errorf("got %v", err)
	}
}

// unreachable is a transport that has no connection at first.
type unreachable struct {
	left int
	inMemory
}

func (u *unreachable) Do(req *http.Request) (*http.Response, error) {
	if u.left > 0 {
		u.left--
		return nil, &net.OpError{Op: "dial", Err: errors.New("no route")}
	}
	return u.inMemory.Do(req)
}

// A file that can be read only once is sent when there is a connection, and what
// is said when there is none is that.
func TestUploadWithoutConnection(t *testing.T) {
	t.Parallel()
	endpoint, err := azure.ParseEndpoint(inAzure)
	if err != nil {
		t.Fatal(err)
	}
	for _, failures := range []int{2, 10} {
		var got string
		pool := open(t, azure.Options{
			Endpoint: endpoint, Credential: &credential{}, APIVersion: wire.Version20241002, RetryDelay: time.Millisecond,
			Transport: &unreachable{failures, func(r *http.Request) (int, string) {
				got = r.Header.Get("Seen-Body")
				return 200, `{"name":"a.txt"}`
			}},
		})
		err := uploadOnce(t.Context(), pool)
		switch {
		case failures == 2 && (err != nil || !strings.Contains(got, "content")):
			t.Errorf("got %v and sent %q", err, got)
		case failures == 10 && (!errors.Is(err, sessions.ErrUnavailable) || !strings.Contains(err.Error(), "no route")):
			t.Errorf("got %v", err)
		}
	}
}
