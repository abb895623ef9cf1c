package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
	"dynamic-sessions-mcp/sessions/userfolders"
)

// TestUserFilesAreNoMemory reads a file of the user that is larger than the memory of
// the session, in the ways in which libraries read large files.
func TestUserFilesAreNoMemory(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	large, err := os.Create(filepath.Join(data, "large"))
	if err != nil {
		t.Fatal(err)
	}
	defer large.Close()
	if err := large.Truncate(600 << 20); err != nil { // holes, which are read as any file is
		t.Fatal(err)
	}
	pool := localtest.New(t, local.Options{Memory: 256 << 20, Folders: userfolders.New([]string{data})})
	for name, code := range map[string]string{
		"mapped": `import mmap
f = open("/mnt/user/data/large", "rb"); m = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
sum(m[i] for i in range(0, len(m), 4096)), len(m)`,
		"read": `f = open("/mnt/user/data/large", "rb", buffering=0); n = 0
while block := f.read(1 << 20): n += len(block)
0, n`,
	} {
		x := localtest.Execute(t, pool, sessions.NewID(), code)
		if x.Text != "(0, 629145600)" {
			t.Errorf("%s: %s %s %+v", name, x.Status, x.Text, x.Error)
		}
	}
}
