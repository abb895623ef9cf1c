package local_test

import (
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestLastIsolation asserts that what a pool has found is known without a trial, and
// what nobody has found is not.
func TestLastIsolation(t *testing.T) {
	t.Parallel()
	if found, ok := local.LastIsolation(t.TempDir()); ok {
		t.Errorf("nobody has found %s", found)
	}
	pool := localtest.New(t, local.Options{Isolation: local.GVisor})
	if err := pool.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := local.GVisorNamespaces
	if strings.Contains(pool.Isolation(), "Landlock") {
		want = local.GVisorLandlock
	}
	if found, ok := local.LastIsolation(""); !ok || found != want {
		t.Errorf("got %q, %v, want %q", found, ok, want)
	}
}
