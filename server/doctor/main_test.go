package doctor

import (
	"os"
	"testing"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Reexec() // the check of the isolation starts this program
	os.Exit(m.Run())
}
