package hostfs

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/tools/mistake"
)

// A file that becomes shorter while it is read is not stored as if it were
// whole, and one that grows is stored as it was.
func TestHostFileThatChanges(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.txt")
	for name, tt := range map[string]struct {
		after, want string
		says        string
	}{
		"grows":  {"contents and more", "content", ""},
		"shrink": {"con", "con", "became shorter while it was being read"},
	} {
		if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		f := &openedFile{io.NewSectionReader(file, 0, 7), file, path}
		if err := os.WriteFile(path, []byte(tt.after), 0o600); err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		said, _ := mistake.Text(err)
		if string(data) != tt.want || (tt.says == "") != (err == nil) || !strings.Contains(said, tt.says) {
			t.Errorf("%s: read %q, %v", name, data, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
