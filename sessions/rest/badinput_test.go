package rest_test

import (
	"net/url"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// An identifier in any wrong form is refused in a sentence that does not repeat
// it, and no session is made.
func TestWrongIdentifiers(t *testing.T) {
	t.Parallel()
	s := newService(t, echo(), rest.Options{})
	for query, code := range map[string]string{
		"":                                       wire.CodeValidationFailed,
		"identifier":                             wire.CodeValidationFailed,
		"identifier=":                            wire.CodeValidationFailed,
		"identifier[]=abcdef":                    wire.CodeValidationFailed,
		"id=abcdef":                              wire.CodeValidationFailed,
		"identifier=abcdef&identifier":           wire.CodeValidationFailed,
		"identifier=abcdef&Identifier=abcdef":    wire.CodeValidationFailed,
		"identifier=abcdef&%69dentifier=ghijkl":  wire.CodeValidationFailed,
		"identifier=a":                           wire.CodeIdentifierLength,
		"identifier=" + strings.Repeat("x", 129): wire.CodeIdentifierLength,
		"identifier=" + strings.Repeat("x", 40<<10):        wire.CodeIdentifierLength,
		"identifier=+abcdef":                               wire.CodeIdentifierLength,
		"identifier=secret%20name":                         wire.CodeIdentifierLength,
		"identifier=secret%09name":                         wire.CodeIdentifierLength,
		"identifier=secret%0d%0aSet-Cookie:x":              wire.CodeIdentifierLength,
		"identifier=secret%00":                             wire.CodeIdentifierLength,
		"identifier=secret%5cname":                         wire.CodeIdentifierLength,
		"identifier=secret%7f":                             wire.CodeIdentifierLength,
		"identifier=%ff%fe%fd%fc":                          wire.CodeIdentifierLength,
		"identifier=" + url.QueryEscape("名前名前"):            wire.CodeIdentifierLength,
		"identifier=" + url.QueryEscape("zero\u200bwidth"): wire.CodeIdentifierLength,
	} {
		for _, call := range []struct{ method, target, body string }{
			{"POST", "/executions", `{"code":"1"}`},
			{"POST", "/code/execute", `{"properties":{"code":"1"}}`},
			{"POST", "/execute", `{"code":"1"}`},
			{"POST", "/files", ""},
			{"GET", "/files", ""},
			{"GET", "/files/a.txt/content", ""},
			{"DELETE", "/files/a.txt", ""},
			{"GET", "/session", ""},
			{"DELETE", "/session", ""},
			{"GET", "/executions/x", ""},
			{"POST", "/.management/stopSession", ""},
		} {
			got := s.request(call.method, call.target+"?api-version=2025-10-02-preview&"+query, call.body)
			text := s.fails(got, 400, code, "identifier")
			if strings.Contains(text, "secret") || len(text) > 300 {
				t.Errorf("%s %s?%.60s: %s", call.method, call.target, query, text)
			}
		}
	}
	s.expect(s.get("/listSessions"), 200, `{"sessions":[]}`)
	if text := s.get("/files?identifier=a+b+c").body; !strings.Contains(text, "write it as %2B") {
		t.Errorf("who has not escaped a + is told %s", text)
	}
}

// The oldest clients send the identifier in the body.
func TestWrongIdentifiersInBodies(t *testing.T) {
	t.Parallel()
	s := newService(t, echo(), rest.Options{})
	for identifier, code := range map[string]string{
		`5`: wire.CodeValidationFailed, `true`: wire.CodeValidationFailed, `["abcdef"]`: wire.CodeValidationFailed, `{}`: wire.CodeValidationFailed,
		`""`: wire.CodeValidationFailed, `null`: wire.CodeValidationFailed,
		`"abc"`: wire.CodeIdentifierLength, `"secret name"`: wire.CodeIdentifierLength, `"secret\u0000"`: wire.CodeIdentifierLength, `"\ud800secret"`: wire.CodeIdentifierLength,
	} {
		for _, path := range []string{"/code/execute", "/python/execute", "/execute"} {
			got := s.post(path, `{"properties":{"code":"1","identifier":`+identifier+`}}`)
			if text := s.fails(got, 400, code, "identifier"); strings.Contains(text, "secret") {
				t.Errorf("%s %s: %s", path, identifier, text)
			}
		}
	}
	s.fails(s.post("/code/execute"+wrapped, `{"properties":{"code":"1","identifier":"another-one"}}`), 400, wire.CodeValidationFailed, "identifier")
	s.expect(s.get("/listSessions"), 200, `{"sessions":[]}`)
}

// A folder cannot be uploaded, in whatever way a client says that it is one.
func TestUploadOfAFolder(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	s.put("dir/kept", "before")
	s.put("file", "before")
	for _, filename := range []string{"dir/", "new/", "/mnt/data/", "/mnt/data/dir/", "a/b/", "dir/.", "."} {
		if text := s.fails(s.upload("/files"+flat, part{"file", filename, "x"}), 400, wire.CodeFileName, "file"); !strings.Contains(text, "folder") {
			t.Errorf("%s: %s", filename, text)
		}
	}
	for _, into := range []struct{ query, filename string }{{"", "dir"}, {"", "/mnt/data/dir"}, {"&path=file", "x"}, {"&path=dir/kept", "x"}, {"", "file/x"}} {
		text := s.fails(s.upload("/files"+flat+into.query, part{"file", into.filename, "x"}), 400, wire.CodeFileName, "")
		if !strings.Contains(text, "is a folder") && !strings.Contains(text, "is a file") {
			t.Errorf("%+v: %s", into, text)
		}
	}
	const head = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"dir\"\r\n"
	const inner = "--i\r\nContent-Disposition: file; filename=\"a.txt\"\r\n\r\n1\r\n--i\r\nContent-Disposition: file; filename=\"b.txt\"\r\n\r\n2\r\n--i--\r\n"
	for _, begin := range []string{head, strings.Replace(head, "; filename=\"dir\"", "", 1)} {
		got := s.request("POST", "/files"+flat, begin+"Content-Type: multipart/mixed; boundary=i\r\n\r\n"+inner+"\r\n--b--\r\n", "Content-Type", "multipart/form-data; boundary=b")
		if text := s.fails(got, 400, wire.CodeValidationFailed, "file"); !strings.Contains(text, "one file at a time") {
			t.Error(text)
		}
	}
	two := s.upload("/files"+flat, part{"file", "folder/a.txt", "1"}, part{"file", "folder/b.txt", "2"})
	if text := s.fails(two, 400, wire.CodeValidationFailed, "file"); !strings.Contains(text, "one file at a time") {
		t.Error(text)
	}
	if kept := s.stored("dir/kept") + s.stored("file"); kept != "beforebefore" {
		t.Errorf("what was there holds %q", kept)
	}
	s.expect(s.get("/files"+flat), 200, `{"value":[{"name":"dir","type":"directory","contentType":"application/octet-stream","sizeInBytes":0,"lastModifiedAt":""},
		{"name":"file","type":"file","contentType":"application/octet-stream","sizeInBytes":6,"lastModifiedAt":""}]}`)
}
