package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// workspaceLock is the file that marks a workspace. It is locked as long as a
// server or its janitor lives, and removed last.
const workspaceLock = "lock"

var workspaceKind = cachedir.Kind{
	Form:  regexp.MustCompile(`^[0-9a-f]{12}$`),
	Proof: []string{workspaceLock},
}

// A Workspace is a private folder that does not outlive the server: it is
// removed when it is closed, by a janitor process when the server is killed,
// and by the next server when both were.
type Workspace struct {
	dir       string
	lock      *os.File
	janitor   *janitorProcess
	abandoned int
}

// NewWorkspace makes a workspace below parent, which must be for workspaces
// alone. Close it when done.
func NewWorkspace(parent string) (*Workspace, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	// Between the making of a folder and of its lock it looks abandoned.
	unlock, err := lockFile(context.Background(), filepath.Join(parent, "lock"))
	if err != nil {
		return nil, err
	}
	abandoned := findAbandoned(parent)
	w, err := makeWorkspace(filepath.Join(parent, randomName()))
	unlock()
	removed := 0
	for _, lock := range abandoned {
		removeRecordedGroups(filepath.Dir(lock.Name()))
		if removeWorkspace(filepath.Dir(lock.Name()), lock) == nil {
			removed++
		}
		lock.Close()
	}
	if err != nil {
		return nil, err
	}
	w.abandoned = removed
	return w, nil
}

// removeWorkspace removes a workspace by the lock that the process holds: what
// has not that lock in it is not the workspace, whatever it is called.
func removeWorkspace(dir string, lock *os.File) error {
	held, err := lock.Stat()
	if err != nil {
		return err
	}
	return persist(func() error {
		switch there, err := os.Lstat(filepath.Join(dir, workspaceLock)); {
		case errors.Is(err, fs.ErrNotExist):
			return workspaceKind.Remove(dir) // it is gone, or refused
		case err != nil:
			return err
		case !os.SameFile(held, there):
			return fmt.Errorf("%s: %w", dir, cachedir.ErrNotOurs)
		}
		return workspaceKind.Remove(dir)
	})
}

// Abandoned returns how many workspaces of servers that are gone were removed
// when this one was made.
func (w *Workspace) Abandoned() int { return w.abandoned }

func makeWorkspace(dir string) (*Workspace, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	w := &Workspace{dir: dir}
	if err := w.open(); err != nil {
		_ = cachedir.RemoveTree(dir)
		return nil, fmt.Errorf("making a folder for sessions: %w", err)
	}
	return w, nil
}

func (w *Workspace) open() (err error) {
	w.lock, err = os.OpenFile(filepath.Join(w.dir, workspaceLock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err = flock(w.lock, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		w.janitor, err = startJanitor(w.dir, w.lock)
	}
	if err != nil {
		w.lock.Close()
	}
	return err
}

// Dir returns the folder.
func (w *Workspace) Dir() string { return w.dir }

// Close removes the folder and waits until it is gone.
func (w *Workspace) Close() error {
	defer w.lock.Close()
	if w.janitor.finish() != nil { // as when somebody has killed it
		return removeWorkspace(w.dir, w.lock)
	}
	return nil
}

// findAbandoned returns the locks, now held, of the workspaces whose servers and
// janitors are gone, as after a power failure: nobody held them.
func findAbandoned(parent string) []*os.File {
	var abandoned []*os.File
	for _, found := range workspaceKind.List(parent) {
		lock, err := os.OpenFile(filepath.Join(found.Path, workspaceLock), os.O_RDONLY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			continue // it is just being removed
		}
		if flock(lock, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			abandoned = append(abandoned, lock)
		} else {
			lock.Close()
		}
	}
	return abandoned
}

func randomName() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
