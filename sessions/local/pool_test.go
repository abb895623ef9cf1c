package local_test

import (
	"os"
	"testing"

	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/sandbox"

	"github.com/rs/zerolog"
)

func TestMain(m *testing.M) {
	sandbox.Reexec()
	os.Exit(m.Run())
}

// newPool returns a pool that is closed, and must leave nothing, when the test
// ends.
func newPool(t testing.TB, opts local.Options) *local.Pool {
	t.Helper()
	opts.Logger = zerolog.New(zerolog.NewTestWriter(t))
	pool, err := local.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return pool
}
