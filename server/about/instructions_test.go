package about

import (
	"strings"
	"testing"
)

// TestInstructionsTellWhereCodeRuns: a model must not believe in an isolation
// that is not there, nor look for a folder that only a sandbox has.
func TestInstructionsTellWhereCodeRuns(t *testing.T) {
	t.Parallel()
	bare := Instructions(false, false)
	if strings.Contains(bare, "isolated from") || strings.Contains(bare, "/mnt/data") || !strings.Contains(bare, "Nothing isolates") {
		t.Errorf("the instructions without isolation are %q", bare)
	}
	if !strings.Contains(Instructions(true, false), "isolated from the user's machine") {
		t.Error("the instructions do not say that a sandbox isolates")
	}
	if !strings.Contains(Instructions(true, true), "The session has a name") {
		t.Error("the instructions do not say that the session has a name")
	}
}

// TestInstructionsAreShort: Claude Code cuts them off at 2 KB.
func TestInstructionsAreShort(t *testing.T) {
	t.Parallel()
	for _, isolated := range []bool{true, false} {
		for _, named := range []bool{true, false} {
			if n := len(Instructions(isolated, named)); n > 2048 {
				t.Errorf("isolated %t, named %t: %d bytes", isolated, named, n)
			}
		}
	}
}
