package rest_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

func TestFilesAsAzure(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	s.expect(s.get("/files"+wrapped), 200, `{"value":[]}`)
	s.expect(s.get("/files"+flat), 200, `{"value":[]}`)
	s.expect(s.upload("/files/upload"+wrapped, part{"file", "test1.txt", "sixteen bytes!!!"}), 200,
		`{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"test1.txt","size":16,"lastModifiedTime":"2024-05-02T07:21:07.9922617Z"}}]}`)
	s.expect(s.upload("/files"+flat+"&path=/", part{"file", "cert.txt", "content"}), 200,
		`{"$id":"1","name":"cert.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":7,"lastModifiedAt":""}`)
	s.expect(s.get("/files"+flat+"&path=/"), 200,
		`{"$id":"1","value":[{"$id":"2","name":"cert.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":7,"lastModifiedAt":"2024-11-11T09:07:36.7873745Z"},{"$id":"3","name":"test1.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":16,"lastModifiedAt":""}]}`)
	s.expect(s.get("/files"+wrapped), 200,
		`{"value":[{"properties":{"filename":"cert.txt","size":7,"lastModifiedTime":""}},{"properties":{"filename":"test1.txt","size":16,"lastModifiedTime":""}}]}`)
	s.expect(s.get("/files/cert.txt"+flat), 200,
		`{"name":"cert.txt","type":"file","contentType":"text/plain; charset=utf-8","sizeInBytes":7,"lastModifiedAt":""}`)
	s.expect(s.get("/files/cert.txt"+wrapped), 200, `{"properties":{"filename":"cert.txt","size":7,"lastModifiedTime":""}}`)
	s.expect(s.request("DELETE", "/files/cert.txt"+flat, ""), 204, "")
	s.fails(s.get("/files/cert.txt"+flat), 404, wire.CodeNotFound, "")
	s.fails(s.request("DELETE", "/files/cert.txt"+flat, ""), 404, wire.CodeNotFound, "")
}

func TestListing(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	s.put("a/b/deep.yml.unknown", "1234")
	s.put("top", "")
	top := `{"name":"a","type":"directory","contentType":"application/octet-stream","sizeInBytes":0,"lastModifiedAt":""}`
	deep := `{"name":"deep.yml.unknown","type":"file","contentType":"application/octet-stream","sizeInBytes":4,"lastModifiedAt":""}`
	for _, path := range []string{"", "&path=", "&path=/", "&path=/mnt/data", "&path=/mnt/data/", "&recursive=false"} {
		s.expect(s.get("/files"+flat+path), 200, `{"value":[`+top+`,{"name":"top","type":"file","contentType":"application/octet-stream","sizeInBytes":0,"lastModifiedAt":""}]}`)
	}
	for _, path := range []string{"a/b", "/a/b/", "/mnt/data/a/b", "a%2Fb"} {
		s.expect(s.get("/files"+flat+"&path="+path), 200, `{"value":[`+deep+`]}`)
	}
	s.expect(s.get("/files"+flat+"&recursive=True&path=a"), 200, `{"value":[{"name":"b","directory":"a","type":"directory","contentType":"application/octet-stream","sizeInBytes":0,"lastModifiedAt":""},`+
		strings.Replace(deep, `"type"`, `"directory":"a/b","type"`, 1)+`]}`)
	s.expect(s.get("/files"+wrapped), 200, `{"value":[{"properties":{"filename":"top","size":0,"lastModifiedTime":""}}]}`)
	s.expect(s.get("/files?identifier=testidentifier000003"), 200, `{"value":[{"properties":{"filename":"top","size":0,"lastModifiedTime":""}}]}`)
	s.expect(s.get("/files/deep.yml.unknown"+flat+"&path=/a/b"), 200, deep)
	s.fails(s.get("/files"+flat+"&path=nowhere"), 404, wire.CodeNotFound, "")
	s.fails(s.get("/files"+flat+"&path=../x"), 400, wire.CodeFileName, "")
	s.fails(s.get("/files"+flat+"&recursive=perhaps"), 400, wire.CodeValidationFailed, "recursive")
}

func TestDownload(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	for _, name := range []string{"a.txt", "sub/x.csv", "content", "upload", "a&identifier=b?c#d%.txt", "ünï ☃", "q/content", "files"} {
		s.put(name, "this is "+name)
	}
	for target, name := range map[string]string{
		"/files/a.txt/content" + flat:                                                     "a.txt",
		"/files/content/a.txt" + wrapped:                                                  "a.txt",
		"/files/content/a.txt/content" + wrapped:                                          "a.txt",
		"/files/content/%2Fmnt%2Fdata%2Fa.txt" + wrapped:                                  "a.txt",
		"/subscriptions/s/resourceGroups/g/sessionPools/files/files/a.txt/content" + flat: "a.txt",
		"/prefix//files//a.txt//content" + flat:                                           "a.txt",
		"/files/sub%2Fx.csv/content" + flat:                                               "sub/x.csv",
		"/files/sub/x.csv/content" + flat:                                                 "sub/x.csv",
		"/files/x.csv/content" + flat + "&path=sub":                                       "sub/x.csv",
		"/files/content/sub/x.csv" + wrapped:                                              "sub/x.csv",
		"/files/content/content" + flat:                                                   "content",
		"/files/upload/content" + flat:                                                    "upload",
		"/files/content/upload" + flat:                                                    "upload",
		"/files/files/content" + flat:                                                     "files",
		"/files/a%26identifier%3Db%3Fc%23d%25.txt/content" + flat:                         "a&identifier=b?c#d%.txt",
		"/files/content/a%26identifier%3Db%3Fc%23d%25.txt" + wrapped:                      "a&identifier=b?c#d%.txt",
		"/files/%C3%BCn%C3%AF%20%E2%98%83/content" + flat:                                 "ünï ☃",
		"/files/content/q/content" + wrapped:                                              "q/content",
	} {
		got := s.get(target)
		if got.status != 200 || got.body != "this is "+name {
			t.Errorf("%s: got %d %q", target, got.status, got.body)
		}
		if kind, length := got.header.Get("Content-Type"), got.header.Get("Content-Length"); kind != "application/octet-stream" || length != strconv.Itoa(len(got.body)) {
			t.Errorf("%s: type %q, length %q", target, kind, length)
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: browsers may guess the type", target)
		}
	}
	for target, code := range map[string]string{
		"/files/none/content" + flat:                           wire.CodeNotFound,
		"/files/content/none/content" + wrapped:                wire.CodeNotFound,
		"/files/%2e%2e%2fx/content" + flat:                     wire.CodeFileName,
		"/files/content/a%00b" + wrapped:                       wire.CodeFileName,
		"/files/%2Fetc%2Fpasswd/content" + flat:                wire.CodeFileName,
		"/files/sub/content" + flat:                            wire.CodeFileName,
		"/files/content/" + strings.Repeat("n", 256) + wrapped: wire.CodeFileName,
	} {
		status := http.StatusBadRequest
		if code == wire.CodeNotFound {
			status = http.StatusNotFound
		}
		s.fails(s.get(target), status, code, "")
	}
	other := newService(t, &sessionstest.Fake{}, rest.Options{})
	other.put("content/r", "in a folder")
	for _, target := range []string{"/files/content%2Fr/content" + flat, "/files/content/r/content" + flat} {
		if got := other.get(target); got.body != "in a folder" {
			t.Errorf("%s: got %d %q", target, got.status, got.body)
		}
	}
	head := s.request("HEAD", "/files/a.txt/content"+flat, "")
	if head.status != 200 || head.body != "" || head.header.Get("Content-Length") != "13" {
		t.Errorf("HEAD: %+v", head)
	}
}

func TestRouteNamesAsFiles(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	for _, name := range []string{"upload", "content", "session", "executions", "execute", "metadata", "health", "files"} {
		if got := s.upload("/files"+flat, part{"file", name, name}); got.status != 200 {
			t.Fatalf("upload of %s: %d %s", name, got.status, got.body)
		}
		s.expect(s.get("/files/"+name+flat), 200, `{"name":"`+name+`","type":"file","contentType":"application/octet-stream","sizeInBytes":`+strconv.Itoa(len(name))+`,"lastModifiedAt":""}`)
		if got := s.get("/files/" + name + "/content" + flat); got.body != name {
			t.Errorf("%s holds %q", name, got.body)
		}
		s.expect(s.request("DELETE", "/files/"+name+flat, ""), 204, "")
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	s.fails(s.get("/session"+flat), 400, wire.CodeIdentifierNotFound, "")
	s.expect(s.request("DELETE", "/session"+flat, ""), 204, "")
	s.expect(s.get("/listSessions"), 200, `{"sessions":[]}`)
	s.put("a", "1")
	about := `{"identifier":"testidentifier000003","createdAt":"","lastAccessedAt":"","expireAt":"","etag":"fa4e0000-0000-4000-8000-000000000001"}`
	managed := strings.Replace(about, "expireAt", "expiresAt", 1)
	s.expect(s.get("/session"+flat), 200, about)
	s.expect(s.get("/listSessions?skip=0"), 200, `{"sessions":[`+about+`]}`)
	s.expect(s.get("/listSessions?skip=1"), 200, `{"sessions":[]}`)
	s.fails(s.get("/listSessions?skip=-1"), 400, wire.CodeValidationFailed, "skip")
	s.expect(s.post("/.management/getSession"+flat, ""), 200, managed)
	s.expect(s.post("/.management/listSessions?skip=0", ""), 200, `{"value":[`+managed+`],"count":1}`)
	s.expect(s.post("/.management/stopSession"+flat, ""), 200, `"Session testidentifier000003 stopped."`)
	s.expect(s.get("/files"+flat), 200, `{"value":[]}`)
	s.expect(s.request("DELETE", "/session"+flat, ""), 204, "")
	s.expect(s.get("/listSessions"), 200, `{"sessions":[]}`)
	s.expect(s.get("/health"), 200, `{"message":"healthy"}`)
	s.fails(s.get("/metadata"), 400, wire.CodeNotSupported, "")
}

func TestManySessionsComeInPages(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	for i := range 301 {
		s.get("/files?identifier=session-" + strconv.Itoa(i))
	}
	first := s.get("/prefix/listSessions?api-version=2025-02-02-preview")
	if n := strings.Count(first.body, `"etag"`); n != 300 || !strings.Contains(first.body, `"nextLink":"`+s.url+`/prefix/listSessions?api-version=2025-02-02-preview&skip=300"`) {
		t.Errorf("the first page has %d sessions: …%s", n, first.body[len(first.body)-120:])
	}
	if second := s.get("/listSessions?skip=300"); strings.Count(second.body, `"etag"`) != 1 || !strings.Contains(second.body, "session-300") {
		t.Errorf("the second page is %s", second.body)
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{Metadata: func() wire.Metadata {
		return wire.Metadata{Runtimes: []wire.Version{{Name: "python", Version: "3"}}, Packages: []wire.Version{{Name: "numpy", Version: "2"}}}
	}})
	s.expect(s.get("/metadata?api-version=2025-02-02-preview"), 200, `{"runtimes":[{"name":"python","version":"3"}],"preInstalledPackages":[{"name":"numpy","version":"2"}],
		"createdAt":"","lastUpdatedAt":"…","jupyterKernel":{"name":"","version":"","projectUrl":"","description":""}}`)
}
