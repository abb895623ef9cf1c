package tools

import (
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/toolstest"
)

func TestResourceLinks(t *testing.T) {
	t.Parallel()
	run := sessions.Execution{Files: []sessions.FileChange{
		{File: sessions.File{Name: "a b/ü#?.csv", Size: 7}}, {File: sessions.File{Name: "dir", Dir: true}},
		{File: sessions.File{Name: "gone"}, Kind: sessions.FileDeleted},
	}}
	for _, test := range []struct {
		client string
		mode   LinkMode
		want   int
	}{{"test", LinksAuto, 1}, {"claude-ai", LinksAuto, 0}, {"cursor-vscode", LinksAuto, 0}, {"claude-ai", LinksOn, 1}, {"test", LinksOff, 0}} {
		result := converse(t, Options{Pool: script(run), ResourceLinks: test.mode}, test.client).call("run_python", `{"code":"x"}`)
		got := toolstest.Links(result)
		if len(got) != test.want {
			t.Errorf("%s, mode %q: %d links, want %d", test.client, test.mode, len(got), test.want)
		}
		for _, l := range got {
			if l.URI != "sandbox:///mnt/data/a%20b/%C3%BC%23%3F.csv" || l.MIMEType != "text/csv" || *l.Size != 7 || l.Description != "" {
				t.Errorf("the link is %+v", l)
			}
		}
		toolstest.ExpectText(t, result, "a b/ü#?.csv, 7 bytes")
	}
}
