package server

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/conversation"
)

// modernTool is a call of the modern era.
func modernTool(name, arguments string) request {
	return modern("tools/call", name, fmt.Sprintf(`"name":%q,"arguments":%s`, name, arguments))
}

func modernRead(uri string) request {
	return modern("resources/read", uri, fmt.Sprintf(`"uri":%q`, uri))
}

// TestWebFilesOfHandles reads a file by the link in an answer, where nothing but
// the link says whose file it is.
func TestWebFilesOfHandles(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	registry := base64.StdEncoding.EncodeToString([]byte("PK\x03\x04\x00\xff"))
	first := s.do(modernTool("upload_file", fmt.Sprintf(`{"filename":"a b.xlsx","content_base64":%q}`, registry)))
	handle := handleText.FindStringSubmatch(first.message.text())[1]
	link := linkOf(t, s.do(modernTool("download_file", fmt.Sprintf(`{"filename":"a b.xlsx","session_id":%q}`, handle))))
	if want := "sandbox:///mnt/data/a%20b.xlsx?session_id=" + url.QueryEscape(handle); link != want {
		t.Fatalf("the link is %q, want %q", link, want)
	}
	if got := blobOf(t, s.do(modernRead(link))); got != registry {
		t.Errorf("the file is %q, want %q", got, registry)
	}
	stranger := modernRead(link)
	stranger.token = bob
	for name, tt := range map[string]struct {
		request
		want string
	}{
		"another user":     {stranger, "There is no session with this session_id"},
		"unknown handle":   {modernRead("sandbox:///mnt/data/a%20b.xlsx?session_id=py-x"), "There is no session with this session_id"},
		"no handle":        {modernRead("sandbox:///mnt/data/a%20b.xlsx"), "Add ?session_id="},
		"two handles":      {modernRead(link + "&session_id=" + handle), "does not name a file"},
		"another argument": {modernRead(link + "&x=1"), "does not name a file"},
		"empty handle":     {modernRead("sandbox:///mnt/data/a%20b.xlsx?session_id="), "does not name a file"},
		"outside":          {modernRead("sandbox:///mnt/data/../etc/passwd?session_id=" + handle), "nvalid file name"},
		"missing file":     {modernRead("sandbox:///mnt/data/b.xlsx?session_id=" + handle), "There is no /mnt/data/b.xlsx"},
		"in a session": {request{session: s.begin(ada), body: fmt.Sprintf(
			`{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":%q}}`, link)}, "take no session_id"},
	} {
		if a := s.do(tt.request); a.message.Error == nil || !strings.Contains(a.message.Error.Message, tt.want) {
			t.Errorf("%s: %s, want %q", name, a.text, tt.want)
		}
	}
}

func TestWebCompletesFilesOfHandles(t *testing.T) {
	t.Parallel()
	s := serveWebOf(t, conversation.Options{})
	first := s.do(modernTool("upload_file", `{"filename":"people.csv","content":"Name\n"}`))
	handle := handleText.FindStringSubmatch(first.message.text())[1]
	templates := s.do(modern("resources/templates/list", "", ""))
	const template = `sandbox:///mnt/data/{+path}{?session_id}`
	if !strings.Contains(templates.text, `"uriTemplate":"`+template+`"`) {
		t.Fatalf("the templates are %s", templates.text)
	}
	ask := func(given string) string {
		return s.do(modern("completion/complete", "", fmt.Sprintf(
			`"ref":{"type":"ref/resource","uri":%q},"argument":{"name":"path","value":"pe"},"context":{"arguments":{%s}}`, template, given))).text
	}
	if got := ask(fmt.Sprintf(`"session_id":%q`, handle)); !strings.Contains(got, `"people.csv"`) {
		t.Errorf("with the handle: %s", got)
	}
	if got := ask(`"session_id":"py-x"`); strings.Contains(got, "people.csv") || !strings.Contains(got, "There is no session") {
		t.Errorf("with another: %s", got)
	}
}

// linkOf is the URI of the one link of an answer.
func linkOf(t *testing.T, a reply) string {
	t.Helper()
	var m struct {
		Result struct {
			Content []struct{ Type, URI string }
		}
	}
	if err := json.Unmarshal([]byte(a.text), &m); err != nil {
		t.Fatalf("%v: %s", err, a.text)
	}
	for _, c := range m.Result.Content {
		if c.Type == "resource_link" {
			return c.URI
		}
	}
	t.Fatalf("no link in %s", a.text)
	return ""
}

func blobOf(t *testing.T, a reply) string {
	t.Helper()
	var m struct {
		Result struct {
			Contents []struct{ Blob string }
		}
	}
	if err := json.Unmarshal([]byte(a.text), &m); err != nil || len(m.Result.Contents) != 1 {
		t.Fatalf("%v: %s", err, a.text)
	}
	return m.Result.Contents[0].Blob
}
