package rest_test

import (
	"net/url"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/sessions/wire"
)

// The same name in two forms: composed, and as macOS has it.
const (
	composed   = "Absch\u00e4tzung.csv"
	decomposed = "Abscha\u0308tzung.csv"
)

// An upload into a folder is answered with the name by which the file is found,
// with and without the folder in the query.
func TestUploadIntoAFolder(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	for _, test := range []struct{ target, query, filename, name string }{
		{"/files", flat + "&path=in/sub", "a.txt", "in/sub/a.txt"},
		{"/files", flat + "&path=/mnt/data/in", "b.txt", "in/b.txt"},
		{"/files", flat, "sub/c.txt", "sub/c.txt"},
		{"/files", flat + "&path=in", "in/d.txt", "in/in/d.txt"},
		{"/files", flat + "&path=/", "e.txt", "e.txt"},
		{"/files/upload", wrapped, "sub/f.txt", "sub/f.txt"},
		{"/files/upload", wrapped, "/mnt/data/sub/g.txt", "sub/g.txt"},
		{"/files/upload", wrapped + "&path=sub", "h.txt", "sub/h.txt"},
		{"/files/upload", wrapped + "&path=%C3%BCber", "i.txt", "über/i.txt"},
	} {
		got := s.upload(test.target+test.query, part{"file", test.filename, "as " + test.name})
		key := `"name":"`
		if test.target == "/files/upload" {
			key = `"filename":"`
		}
		if got.status != 200 || !strings.Contains(got.body, key+test.name+`"`) || s.stored(test.name) != "as "+test.name {
			t.Errorf("%+v: %d %s", test, got.status, got.body)
		}
		name := url.PathEscape(test.name)
		for _, target := range []string{"/files/" + name + "/content" + test.query, "/files/content/" + name + wrapped, "/files/" + name + "/content" + flat} {
			if got := s.get(target); got.body != "as "+test.name {
				t.Errorf("%s: %d %s", target, got.status, got.body)
			}
		}
		if got := s.get("/files/" + name + test.query); got.status != 200 {
			t.Errorf("%s cannot be described: %d %s", test.name, got.status, got.body)
		}
		if got := s.request("DELETE", "/files/"+name+test.query, ""); got.status != 204 {
			t.Errorf("%s cannot be removed: %d %s", test.name, got.status, got.body)
		}
	}
	s.put("in/in/x", "deep")
	s.put("in/x", "shallow")
	if got := s.get("/files/in%2Fx/content" + flat + "&path=in"); got.body != "deep" {
		t.Errorf("the folder of the query does not come first: %s", got.body)
	}
	s.expect(s.get("/files"+wrapped+"&path=in"), 200, `{"$id":"1","value":[{"$id":"2","properties":{"$id":"3","filename":"in/x","size":7,"lastModifiedTime":""}}]}`)
}

// A name in another form of Unicode than the file's finds the file.
func TestNamesInAnotherForm(t *testing.T) {
	t.Parallel()
	for stored, asked := range map[string]string{
		composed:                            decomposed,
		decomposed:                          composed,
		"가.txt":                             "\u1100\u1161.txt",
		"Ünter/" + decomposed:               "U\u0308nter/" + composed,
		"plain/" + decomposed:               "plain/" + composed,
		"U\u0308nter/plain.txt":             "Ünter/plain.txt",
		"\u212b.txt" /* the unit, not Å */ : "\u00c5.txt",
	} {
		s := newService(t, &sessionstest.Fake{}, rest.Options{})
		s.put(stored, "here")
		name := url.PathEscape(asked)
		for _, target := range []string{"/files/" + name + "/content" + flat, "/files/content/" + name + wrapped} {
			if got := s.get(target); got.status != 200 || got.body != "here" {
				t.Errorf("%q as %q: %d %s", stored, asked, got.status, got.body)
			}
		}
		if got := s.get("/files/" + name + flat); got.status != 200 {
			t.Errorf("%q as %q cannot be described: %s", stored, asked, got.body)
		}
		if dir, _, ok := strings.Cut(asked, "/"); ok {
			if got := s.get("/files" + flat + "&path=" + url.QueryEscape(dir)); got.status != 200 || !strings.Contains(got.body, `"sizeInBytes":4`) {
				t.Errorf("the folder of %q as %q: %d %s", stored, dir, got.status, got.body)
			}
		}
		s.expect(s.request("DELETE", "/files/"+name+flat, ""), 204, "")
		s.fails(s.get("/files/"+name+flat), 404, wire.CodeNotFound, "")
	}
}

// Two files whose names look alike are told apart, and none takes the other's
// place.
func TestNamesInTwoForms(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	const nfc, nfd, between = "\u1e69\u1e69.txt", "s\u0323\u0307s\u0323\u0307.txt", "\u1e69s\u0323\u0307.txt"
	for _, name := range []string{nfc, nfd} {
		if got := s.upload("/files"+flat, part{"file", name, name}); got.status != 200 || !strings.Contains(got.body, `"name":"`+name+`"`) {
			t.Errorf("%q: %d %s", name, got.status, got.body)
		}
	}
	for _, name := range []string{nfc, nfd} {
		if got := s.get("/files/" + url.PathEscape(name) + "/content" + flat); got.body != name {
			t.Errorf("%q holds %q", name, got.body)
		}
	}
	if listed := s.get("/files" + flat).body; !strings.Contains(listed, nfc) || !strings.Contains(listed, nfd) {
		t.Errorf("the list is %s", listed)
	}
	for _, got := range []answer{s.get("/files/" + url.PathEscape(between) + "/content" + flat), s.request("DELETE", "/files/"+url.PathEscape(between)+flat, "")} {
		if text := s.fails(got, 400, wire.CodeFileName, ""); !strings.Contains(text, "2 names look like this one") {
			t.Error(text)
		}
	}
	s.expect(s.request("DELETE", "/files/"+url.PathEscape(nfd)+flat, ""), 204, "")
	if got := s.get("/files/" + url.PathEscape(between) + "/content" + flat); got.body != nfc || s.stored(nfc) != nfc {
		t.Errorf("the one that is left holds %q, found as %q", s.stored(nfc), got.body)
	}
}

// What only looks alike is not the same.
func TestNamesThatAreOthers(t *testing.T) {
	t.Parallel()
	s := newService(t, &sessionstest.Fake{}, rest.Options{})
	s.put("\ufb01le.txt", "a ligature")
	s.put("\u0430.txt", "Cyrillic")
	for _, name := range []string{"file.txt", "fil\u00e9.txt", "a.txt", "\u03b1.txt"} {
		s.fails(s.get("/files/"+url.PathEscape(name)+flat), 404, wire.CodeNotFound, "")
	}
}
