package tools

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/toolstest"
)

// rewinding is a pool that reads what it stores twice.
type rewinding struct {
	*sessionstest.Fake
	t *testing.T
}

func (p rewinding) Upload(ctx context.Context, id sessions.ID, name string, r io.Reader) (sessions.File, error) {
	again, ok := r.(io.Seeker)
	if !ok {
		p.t.Fatalf("%s cannot be read again", name)
	}
	first, err := io.ReadAll(r)
	if err != nil {
		return sessions.File{}, err
	}
	if size, err := again.Seek(0, io.SeekEnd); err != nil || size != int64(len(first)) {
		p.t.Errorf("%s has %d bytes, and %d were read, %v", name, size, len(first), err)
	}
	if _, err := again.Seek(0, io.SeekStart); err != nil {
		p.t.Error(err)
	}
	return p.Fake.Upload(ctx, id, name, r)
}

// Whatever is uploaded can be read again, so that a pool can send it again.
func TestUploadCanBeReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	fake := &sessionstest.Fake{}
	c := converse(t, Options{Pool: rewinding{fake, t}, AllowDirs: []string{filepath.Dir(path)}}, "test")
	for _, arguments := range []string{`"content":"content"`, `"content_base64":"Y29udGVudA=="`, `"local_path":` + quote(t, path)} {
		toolstest.ExpectText(t, c.call("upload_file", `{"filename":"b.txt",`+arguments+`}`), "b.txt, 7 bytes")
		if got := get(t, fake, "b.txt"); got != "content" {
			t.Errorf("%s: the file holds %q", arguments, got)
		}
	}
}
