//go:build unix

package local

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestSpecialFiles puts pipes and sockets into a session's folder on the host,
// where code in a sandbox cannot make any: gVisor keeps those it makes to itself.
// No operation waits for one or takes one for a file.
func TestSpecialFiles(t *testing.T) {
	p, err := New(Options{Isolation: None})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	id := sessions.NewID()
	if _, err := p.Upload(t.Context(), id, "real", strings.NewReader("text")); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	data := filepath.Join(p.sessions[id].instance.dir, "data")
	p.mu.Unlock()
	if err := syscall.Mkfifo(filepath.Join(data, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The path of a socket must be short.
	t.Chdir(data)
	listener, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for _, name := range []string{"pipe", "socket"} {
		if _, r, err := p.Download(t.Context(), id, name); !errors.Is(err, sessions.ErrInvalidName) && !errors.Is(err, syscall.ENXIO) {
			t.Errorf("Download(%q): %v, %v", name, r, err)
		}
		if f, err := p.Stat(t.Context(), id, name); !errors.Is(err, sessions.ErrInvalidName) {
			t.Errorf("Stat(%q): %+v, %v", name, f, err)
		}
	}
	if l, err := p.List(t.Context(), id, "", true); err != nil || len(l.Files) != 1 || l.Files[0].Name != "real" || l.Omitted != 2 {
		t.Errorf("List: %+v, %v", l, err)
	}
	if _, err := p.Upload(t.Context(), id, "pipe", strings.NewReader("text")); err != nil {
		t.Errorf("Upload over a pipe: %v", err)
	}
	if info, err := os.Lstat(filepath.Join(data, "pipe")); err != nil || !info.Mode().IsRegular() {
		t.Errorf("after an upload over it the pipe is %v, %v", info, err)
	}
	if err := p.Delete(t.Context(), id, "socket"); err != nil {
		t.Errorf("Delete of a socket: %v", err)
	}
}
