package tools

import (
	"fmt"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// TestListFilesOfFolders asserts what is listed of folders, and in which order.
func TestListFilesOfFolders(t *testing.T) {
	t.Parallel()
	pool := &sessionstest.Fake{}
	c := converse(t, Options{Pool: pool}, "test")
	for _, name := range []string{"a10.csv", "a9.csv", "plots/1.png", "plots/deep/2.png", "plots/deep/2.csv", ".output/stdout-1.txt", "A/x"} {
		put(t, pool, name, []byte("12345"))
	}
	for _, tt := range []struct {
		arguments string
		names     []string
		says      string
	}{
		{`{}`, []string{"A/", "a9.csv", "a10.csv", "plots/"}, "4 entries in /mnt/data (6 files, 30 bytes):"},
		{`{}`, []string{"A/", "a9.csv", "a10.csv", "plots/"}, "plots/\tfolder, 3 files, 15 bytes\t"},
		{`{"path":"plots"}`, []string{"plots/1.png", "plots/deep/"}, "2 entries in /mnt/data/plots (3 files, 15 bytes):"},
		{`{"recursive":true}`, []string{"A/x", "a9.csv", "a10.csv", "plots/1.png", "plots/deep/2.csv", "plots/deep/2.png"}, "6 entries"},
		{`{"pattern":"*.csv"}`, []string{"a9.csv", "a10.csv"}, "2 entries in /mnt/data (2 files"},
		{`{"pattern":"*.csv","recursive":true}`, []string{"a9.csv", "a10.csv", "plots/deep/2.csv"}, ""},
		{`{"pattern":"*.csv","recursive":"true"}`, []string{"a9.csv", "a10.csv", "plots/deep/2.csv"}, ""},
		{`{"pattern":"**/*.{png,csv}","path":"plots"}`, []string{"plots/1.png", "plots/deep/2.csv", "plots/deep/2.png"}, ""},
		{`{"pattern":"*.png"}`, nil, "3 of"},
		{`{"pattern":"*.xyz"}`, nil, "No files in /mnt/data match."},
		{`{"path":".output"}`, []string{".output/stdout-1.txt"}, "1 entry in /mnt/data/.output"},
		{`{"path":"file:///mnt/data/plots%2Fdeep"}`, []string{"plots/deep/2.csv", "plots/deep/2.png"}, ""},
	} {
		text := toolstest.Texts(c.call("list_files", tt.arguments))[0]
		var names []string
		for line := range strings.SplitSeq(text, "\n") {
			if name, _, ok := strings.Cut(line, "\t"); ok {
				names = append(names, name)
			}
		}
		if tt.says == "3 of" {
			tt.says = "No files in /mnt/data itself match; 2 do in its folders: pass recursive: true."
		}
		if fmt.Sprint(names) != fmt.Sprint(tt.names) || !strings.Contains(text, tt.says) {
			t.Errorf("%s: %q", tt.arguments, text)
		}
	}
	toolstest.ExpectError(t, c.call("list_files", `{"pattern":"["}`), "is no pattern: a bracket is not closed")
	toolstest.ExpectError(t, c.call("list_files", `{"recursive":7}`), "The argument recursive is 7. Give true or false")
	toolstest.ExpectText(t, c.call("download_file", `{"filename":"/mnt/data/.output/stdout-1.txt"}`), "12345")
}
