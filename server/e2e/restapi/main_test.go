package restapi

import (
	"os"
	"testing"

	"dynamic-sessions-mcp/sessions/local/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Reexec()
	os.Exit(m.Run())
}
