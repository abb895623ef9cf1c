package datadir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// open opens a folder for a test. Limits that are not given are wide.
func open(t *testing.T, path string, opts Options) *Dir {
	t.Helper()
	var owner sync.WaitGroup
	opts.Owner = &owner
	if opts.Bytes == 0 {
		opts.Bytes = 1 << 30
	}
	if opts.MaxUpload == 0 {
		opts.MaxUpload = 1 << 20
	}
	if opts.Process == nil {
		opts.Process = func() Process { return nil }
	}
	d, err := Open(path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		owner.Wait()
		d.Close()
	})
	return d
}

// TestFiles stores files, finds them, reads and removes them.
func TestFiles(t *testing.T) {
	t.Parallel()
	d, ctx := open(t, filepath.Join(t.TempDir(), "data"), Options{}), t.Context()
	stored, err := d.Store(ctx, "a/b.txt", strings.NewReader("text"))
	if err != nil || stored.Name != "a/b.txt" || stored.Size != 4 {
		t.Fatalf("stored %+v, %v", stored, err)
	}
	if f, err := d.Stat(ctx, "a/b.txt"); err != nil || f != stored {
		t.Errorf("found %+v, %v, want %+v", f, err, stored)
	}
	f, r, err := d.Open(ctx, "a/b.txt")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	r.Close()
	if err != nil || string(text) != "text" || f != stored {
		t.Errorf("read %q of %+v, %v", text, f, err)
	}
	if l, err := d.List(ctx, "", true); err != nil || len(l.Files) != 2 || l.Files[1] != stored {
		t.Errorf("listed %+v, %v", l, err)
	}
	if err := d.Remove(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stat(ctx, "a/b.txt"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
}

// TestRefusals are in the domain's terms, and do not show where the folder is.
func TestRefusals(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	d, ctx := open(t, path, Options{MaxUpload: 10}), t.Context()
	if err := errors.Join(os.Mkdir(filepath.Join(path, "folder"), 0o755), os.WriteFile(filepath.Join(path, "file"), nil, 0o644),
		os.Symlink("/etc", filepath.Join(path, "out"))); err != nil {
		t.Fatal(err)
	}
	store := func(name string) error { _, err := d.Store(ctx, name, strings.NewReader("12345678901")); return err }
	read := func(name string) error { _, _, err := d.Open(ctx, name); return err }
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"a file that is too large", store("large"), sessions.ErrTooLarge},
		{"a file over a folder", store("folder"), sessions.ErrInvalidName},
		{"a file below a file", store("file/below"), sessions.ErrInvalidName},
		{"a file that is too deep", store(strings.Repeat("d/", maxDepth+1) + "f"), sessions.ErrInvalidName},
		{"a link that leads out", read("out/passwd"), sessions.ErrInvalidName},
		{"a folder", read("folder"), sessions.ErrInvalidName},
		{"no file", read("nothing"), fs.ErrNotExist},
	} {
		if !errors.Is(c.err, c.want) || strings.Contains(c.err.Error(), path) {
			t.Errorf("%s: %v, want %v", c.name, c.err, c.want)
		}
	}
	if l, err := d.List(ctx, "", true); err != nil || len(l.Files) != 2 {
		t.Errorf("left are %+v, %v", l.Files, err)
	}
}

// TestOpenRefusesLinks has a link where the folder should be.
func TestOpenRefusesLinks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data")
	if err := os.Symlink(t.TempDir(), path); err != nil {
		t.Skip(err)
	}
	if d, err := Open(path, Options{}); err == nil {
		d.Close()
		t.Error("a link was opened")
	}
}

// TestHungDisk has callers stop waiting for a disk that hangs.
func TestHungDisk(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	d := open(t, t.TempDir(), Options{HostDisk: func(string) HostDisk { <-hang; return HostDisk{} }})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Store(ctx, "f", strings.NewReader("")); !errors.Is(err, context.Canceled) {
		t.Errorf("an upload that is given up: %v", err)
	}
	if err := d.LookFirst(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a first look that is given up: %v", err)
	}
	close(hang)
}
