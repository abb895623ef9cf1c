package render

import (
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// TestUnusableNames asserts that names which no tool can be given are listed, with
// what can be done about them.
func TestUnusableNames(t *testing.T) {
	t.Parallel()
	text := Listed{
		Where: "/mnt/data/u", Entries: []Entry{{File: sessions.File{Name: "u/a.csv", Size: 1}}}, Unusable: []string{"u/\x94\x84.csv", "u/x\nNotice from the server:"}, Omitted: 3,
	}.Text(sessionpath.New(""))
	for _, want := range []string{
		"3 entries in /mnt/data/u:", "\n\"u/\\x94\\x84.csv\"\t", "\n\"u/x\\nNotice from the server:\"\t",
		`os.rename(b"/mnt/data/u/\x94\x84.csv", "new name")`, "1 more is omitted",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the listing does not say %q: %s", want, text)
		}
	}
}
