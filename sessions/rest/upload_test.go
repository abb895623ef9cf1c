package rest_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

func TestUploadNames(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	for _, test := range []struct{ path, filename, name string }{
		{"/files/upload" + wrapped, "/mnt/data/a.txt", "a.txt"},
		{"/files/upload" + wrapped, "b.txt", "b.txt"},
		{"/python/uploadFile" + wrapped, "c.txt", "c.txt"},
		{"/files" + flat + "&path=/mnt/data", "d.txt", "d.txt"},
		{"/files" + flat + "&path=/", "e.txt", "e.txt"},
		{"/files" + flat + "&path=in/sub", "f.txt", "in/sub/f.txt"},
		{"/files" + flat + "&path=/mnt/data/in", "g.txt", "in/g.txt"},
		{"/files" + flat + "&path=/in/", "h.txt", "in/h.txt"},
		{"/files" + flat, "sub/i.txt", "sub/i.txt"},
		{"/files" + flat, "ünï ☃&identifier=x.txt", "ünï ☃&identifier=x.txt"},
		{"/files" + flat, "%2e%2e%2fx", "%2e%2e%2fx"},
	} {
		if got := s.upload(test.path, part{"file", test.filename, "as " + test.name}); got.status != 200 {
			t.Errorf("%s %s: %d %s", test.path, test.filename, got.status, got.body)
		}
		if data := s.stored(test.name); data != "as "+test.name {
			t.Errorf("%s %s: stored %q", test.path, test.filename, data)
		}
	}
	for _, filename := range []string{"../x", "/etc/passwd", "a/../../x", "..", "a\\b", "/mnt/data", strings.Repeat("n", 256)} {
		s.fails(s.upload("/files"+flat, part{"file", filename, "x"}), 400, wire.CodeFileName, "")
	}
	s.fails(s.upload("/files"+flat+"&path=../..", part{"file", "x", "x"}), 400, wire.CodeFileName, "")
}

func TestUploadForms(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	const begin = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n"
	const kind = "multipart/form-data; boundary=b"
	for _, test := range []struct {
		name, contentType, body string
		status                  int
		code, target            string
	}{
		{"as it should be", kind, begin + "\r\nhi\r\n--b--\r\n", 200, "", ""},
		{"no line at the end", kind, begin + "\r\nhi\r\n--b--", 200, "", ""},
		{"the type of another body", "application/json", begin + "\r\nhi\r\n--b--\r\n", 200, "", ""},
		{"another boundary in the type", "multipart/form-data; boundary=other", begin + "\r\nhi\r\n--b--\r\n", 200, "", ""},
		{"a preamble", kind, "hello\r\n" + begin + "\r\nhi\r\n--b--\r\n", 200, "", ""},
		{"a length that is right", kind, begin + "Content-Length: 2\r\n\r\nhi\r\n--b--\r\n", 200, "", ""},
		{"another part before", kind, "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n" + begin + "\r\nhi\r\n--b--\r\n", 200, "", ""},
		{"another part behind", kind, begin + "\r\nhi\r\n--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b--\r\n", 200, "", ""},
		{"a length that is wrong", kind, begin + "Content-Length: 3\r\n\r\nhi\r\n--b--\r\n", 400, wire.CodeValidationFailed, "file"},
		{"a length that is none", kind, begin + "Content-Length: -3\r\n\r\nhi\r\n--b--\r\n", 400, wire.CodeValidationFailed, "file"},
		{"two files", kind, begin + "\r\nhi\r\n" + begin + "\r\nho\r\n--b--\r\n", 400, wire.CodeValidationFailed, "file"},
		{"no file", kind, "--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"f\"\r\n\r\nhi\r\n--b--\r\n", 400, wire.CodeValidationFailed, "file"},
		{"no filename", kind, "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhi\r\n--b--\r\n", 400, wire.CodeFileName, "file"},
		{"a name that is not quoted", kind, "--b\r\nContent-Disposition: form-data; name=file; filename=a b\r\n\r\nhi\r\n--b--\r\n", 400, wire.CodeFileName, "file"},
		{"a name in Latin-1", kind, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=ISO-8859-1''f%E9\r\n\r\nhi\r\n--b--\r\n", 400, wire.CodeFileName, "file"},
		{"a name with a bad escape", kind, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''f%zz\r\n\r\nhi\r\n--b--\r\n", 400, wire.CodeFileName, "file"},
		{"cut in the file", kind, begin + "\r\nhi", 400, wire.CodeValidationFailed, "body"},
		{"cut in the boundary", kind, begin + "\r\nhi\r\n--b", 400, wire.CodeValidationFailed, "body"},
		{"cut in the headers", kind, begin, 400, wire.CodeValidationFailed, "file"},
		{"nothing", kind, "", 400, wire.CodeValidationFailed, "body"},
		{"no form", "text/plain", "hello", 400, wire.CodeValidationFailed, "Content-Type"},
		{"no type", "", "hello\r\n", 400, wire.CodeValidationFailed, "Content-Type"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &service{t: t, pool: s.pool, url: s.url}
			s.put("f", "before")
			got := s.request("POST", "/files"+flat, test.body, "Content-Type", test.contentType)
			want := "hi"
			if test.status != 200 {
				want = "before"
				s.fails(got, test.status, test.code, test.target)
			} else if got.status != 200 {
				t.Errorf("%d %s", got.status, got.body)
			}
			if data := s.stored("f"); data != want {
				t.Errorf("the file holds %q", data)
			}
		})
	}
}

func TestUploadTooLarge(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	s := newService(t, &sessionstest.Fake{MaxFile: limit}, rest.Options{MaxUpload: limit})
	if got := s.upload("/files"+flat, part{"file", "fits", strings.Repeat("x", limit)}); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	s.fails(s.upload("/files"+flat, part{"file", "large", strings.Repeat("x", limit+1)}), 413, wire.CodeTooLarge, "")
	s.fails(s.upload("/files"+flat, part{"file", "larger", strings.Repeat("x", 3*limit)}), 413, wire.CodeTooLarge, "file")
	s.fails(s.get("/files/large"+flat), 404, wire.CodeNotFound, "")
	// A length that nobody announced:
	body, contentType := newForm(t, part{"file", "larger", strings.Repeat("x", 3*limit)})
	r, err := http.NewRequestWithContext(t.Context(), "POST", s.url+"/files"+flat, io.MultiReader(strings.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	s.fails(s.send(r), 413, wire.CodeTooLarge, "")
}

// Many clients send all of a file before they look at the answer, which must
// not be lost for that, whatever it was refused for.
func TestRefusalOfALargeUploadIsRead(t *testing.T) {
	t.Parallel()
	const size = 8 << 20 // more than what the system and net/http take in by themselves
	body, contentType := newForm(t, part{"file", "f", strings.Repeat("x", size)})
	handler := rest.New(&sessionstest.Fake{}, rest.Options{})
	s := &service{t: t, url: newServer(t, handler)}
	for target, status := range map[string]string{
		"/nothing" + flat:            "404",
		"/files?identifier=abc":      "400",
		"/files/x" + flat:            "405",
		"/files" + flat + "&path=..": "400",
	} {
		s.sendsAllFirst(target, body, status, "Content-Type: "+contentType)
	}
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.Refuse(w, r, http.StatusUnauthorized, "", "send a token")
	}))
	defer refusing.Close()
	s.url = refusing.URL
	s.sendsAllFirst("/files"+flat, body, "401", "Content-Type: "+contentType)
}

// sendsAllFirst makes a request as a client that reads nothing before it has
// written everything.
func (s *service) sendsAllFirst(target, body, status string, header ...string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n\r\n%s",
		target, len(body), strings.Join(header, "\r\n"), body)
	if err != nil {
		s.t.Errorf("%s: sending: %v", target, err)
		return
	}
	response, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(response), "HTTP/1.1 "+status+" ") {
		s.t.Errorf("%s: got %.200q, %v", target, response, err)
	}
}

// A body that is shorter than it was said to be must not be stored.
func TestUploadCutByTheClient(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(conn, "POST /files"+flat+" HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n"+
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhi\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(response), "HTTP/1.1 400 ") {
		t.Errorf("got %q, %v", response, err)
	}
	s.fails(s.get("/files/f"+flat), 404, wire.CodeNotFound, "")
}
