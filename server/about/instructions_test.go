package about

import (
	"strings"
	"testing"
)

// TestInstructionsTellWhereCodeRuns: a model must not believe in an isolation
// that is not there, nor look for a folder that only a sandbox has.
func TestInstructionsTellWhereCodeRuns(t *testing.T) {
	t.Parallel()
	bare := Instructions(Session{Out: "~/Downloads/python-output"})
	if strings.Contains(bare, "isolated from") || strings.Contains(bare, "/mnt/data") || !strings.Contains(bare, "Nothing isolates") {
		t.Errorf("the instructions without isolation are %q", bare)
	}
	for want, session := range map[string]Session{
		"isolated from the user's machine":   {Isolated: true},
		"The session has a name":             {Isolated: true, Named: true},
		"in place (/home/ada is /mnt/user/a": {Isolated: true, Folders: "/home/ada is /mnt/user/ada"},
		"to /mnt/data/out: each run saves":   {Isolated: true, Out: "~/python-output"},
		"in ~/python-output, and says so":    {Isolated: true, Out: "~/python-output"},
		"has download links to give":         {Isolated: true, Links: true, Elsewhere: true},
		"save results to /mnt/data, then":    {Isolated: true},
	} {
		if text := Instructions(session); !strings.Contains(text, want) {
			t.Errorf("%+v: no %q in %s", session, want, text)
		}
	}
	if text := Instructions(Session{Isolated: true, Links: true, Elsewhere: true}); strings.Contains(text, "path on the user's machine") || strings.Contains(text, "saves it to") {
		t.Errorf("over HTTP: %s", text)
	}
}

// TestInstructionsAreShort: Claude Code cuts them off at 2 KB.
func TestInstructionsAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("/long", 1000)
	for _, s := range []Session{{}, {Named: true}, {Isolated: true}, {Isolated: true, Named: true, Folders: long, Out: long},
		{Named: true, Folders: long, Out: long}, {Isolated: true, Links: true, Elsewhere: true}} {
		if n := len(Instructions(s)); n > 2048 {
			t.Errorf("%.100v: %d bytes", s, n)
		}
	}
}
