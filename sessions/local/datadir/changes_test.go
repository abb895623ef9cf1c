package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// An execution is what code does to a folder.
type execution struct {
	t *testing.T
	d *Dir
}

// run does what code would, and returns what is said of it.
func (e execution) run(kill func() bool, code func() error) Changes {
	e.t.Helper()
	if err := e.d.LookFirst(e.t.Context()); err != nil {
		e.t.Fatal(err)
	}
	c := e.d.Ceiling()
	if err := code(); err != nil {
		e.t.Fatal(err)
	}
	x, err := e.d.Changes(e.t.Context(), &c, kill)
	if err != nil {
		e.t.Fatal(err)
	}
	return x
}

func (e execution) write(name string, bytes int) func() error {
	return func() error { return os.WriteFile(filepath.Join(e.d.path, name), make([]byte, bytes), 0o644) }
}

func never() bool { return false }

// TestChanges tells what executions made, and not what callers stored.
func TestChanges(t *testing.T) {
	t.Parallel()
	e := execution{t, open(t, t.TempDir(), Options{})}
	if err := e.write("before", 1)(); err != nil {
		t.Fatal(err)
	}
	expect := func(x Changes, want string) {
		t.Helper()
		var names []string
		for _, f := range x.Files {
			name := f.Name
			if f.Kind != sessions.FileCreated {
				name = string(f.Kind) + ":" + f.From + ":" + name
			}
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != want || x.Omitted != 0 || x.Disk != nil || x.Killed {
			t.Errorf("changed are %q, %+v, want %q", got, x, want)
		}
	}
	expect(e.run(never, e.write("a", 1)), "a")
	expect(e.run(never, func() error { return errors.Join(e.write("a", 2)(), e.write("before", 2)()) }), "modified::a modified::before")
	if _, err := e.d.Store(t.Context(), "uploaded", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	expect(e.run(never, e.write("b", 1)), "b")
	expect(e.run(never, e.write("uploaded", 5)), "modified::uploaded")
	expect(e.run(never, func() error { return os.Remove(filepath.Join(e.d.path, "a")) }), "deleted::a")
	expect(e.run(never, func() error {
		return os.Rename(filepath.Join(e.d.path, "uploaded"), filepath.Join(e.d.path, "renamed"))
	}), "renamed:uploaded:renamed")
	expect(e.run(never, func() error {
		return errors.Join(os.Mkdir(filepath.Join(e.d.path, "__pycache__"), 0o755), e.write("__pycache__/x.pyc", 3)(), e.write(".hidden", 3)())
	}), "")
	if err := e.d.Remove(t.Context(), "renamed"); err != nil {
		t.Fatal(err)
	}
	expect(e.run(never, e.write("c", 3)), "c")
	expect(e.run(never, func() error { return errors.Join(os.Remove(filepath.Join(e.d.path, "c")), e.write("c", 3)()) }), "modified::c")
	x := e.run(never, func() error {
		for i := range maxChanged + 3 {
			if err := e.write(fmt.Sprintf("many%d", i), 0)(); err != nil {
				return err
			}
		}
		return nil
	})
	if len(x.Files) != maxChanged || x.Omitted != 3 {
		t.Errorf("%d are named, %d omitted", len(x.Files), x.Omitted)
	}
}

// TestTooMuchIsTakenBack removes what is new and cuts what grew, but keeps what
// callers stored.
func TestTooMuchIsTakenBack(t *testing.T) {
	t.Parallel()
	e := execution{t, open(t, t.TempDir(), Options{Bytes: 1 << 20})}
	e.run(never, e.write("mine", 600_000))
	if _, err := e.d.Store(t.Context(), "theirs", strings.NewReader(strings.Repeat("x", 100_000))); err != nil {
		t.Fatal(err)
	}
	x := e.run(never, func() error { return errors.Join(e.write("mine", 900_000)(), e.write("new", 900_000)()) })
	if x.Disk == nil || x.Disk.Used > 1<<20 || x.Disk.Removed == 0 || x.Killed {
		t.Errorf("%+v, disk %+v", x, x.Disk)
	}
	if _, err := e.d.Stat(t.Context(), "theirs"); err != nil {
		t.Errorf("what a caller stored: %v", err)
	}
	if f, err := e.d.Stat(t.Context(), "mine"); err != nil || f.Size < 600_000 {
		t.Errorf("what was there before: %+v, %v", f, err)
	}
	if _, err := e.d.Store(t.Context(), "more", strings.NewReader(strings.Repeat("x", 900_000))); !errors.Is(err, sessions.ErrDiskFull) {
		t.Errorf("an upload beyond the limit: %v", err)
	}
}

// TestHiddenFilesAreTakenBack kills a process that holds what it has deleted.
func TestHiddenFilesAreTakenBack(t *testing.T) {
	t.Parallel()
	var running Process = &holder{bytes: 2 << 20}
	e := execution{t, open(t, t.TempDir(), Options{Bytes: 1 << 20, Process: func() Process { return running }})}
	x := e.run(func() bool { running = nil; return true }, e.write("small", 10))
	if !x.Killed || x.Disk != nil || len(x.Files) != 1 {
		t.Errorf("%+v, disk %+v", x, x.Disk)
	}
}
