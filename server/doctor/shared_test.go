package doctor

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// TestSetupShared works in the folder for all users, and in no other.
func TestSetupShared(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lib", "sessions")
	var out bytes.Buffer
	o := options(t, healthy(allFound), &out, "setup", "--shared", "--system-dir="+dir, "--cache-dir=/elsewhere")
	opened := ""
	o.Open = func(b backend.Options) (backend.Pool, error) {
		opened = b.Config.Pool.CacheDir
		return healthy(allFound), nil
	}
	// Nothing is installed, as the pool is none: there is nothing to share.
	if err := Setup(t.Context(), o); err == nil || !strings.Contains(err.Error(), "not installed in "+dir) {
		t.Errorf("got %v", err)
	}
	if opened != dir {
		t.Errorf("the pool is in %s", opened)
	}
	if _, err := cachedir.Shared(dir); err == nil {
		t.Error("the folder is open to all users")
	}
}

// TestSetupSharedWithoutSandbox installs all the same, or says why neither can be.
func TestSetupSharedWithoutSandbox(t *testing.T) {
	t.Parallel()
	pool := healthy("")
	pool.prepare = errors.New("no sandboxes on this machine")
	dir := filepath.Join(t.TempDir(), "sessions")
	err := Setup(t.Context(), options(t, pool, &bytes.Buffer{}, "setup", "--shared", "--system-dir="+dir, "--from="+t.TempDir()))
	if err == nil || !errors.Is(err, pool.prepare) || !strings.Contains(err.Error(), "has no packages") {
		t.Errorf("got %v", err)
	}
}

func TestSetupSharedRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"none": "names no folder to install into", file: "the folder for all users cannot be made",
	} {
		err := Setup(t.Context(), options(t, healthy(allFound), &bytes.Buffer{}, "setup", "--shared", "--system-dir="+dir))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", dir, err)
		}
	}
}
