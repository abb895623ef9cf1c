package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// A Workspace is a private folder that does not outlive the server: it is
// removed when it is closed, by a janitor process when the server is killed,
// and by the next server when both were.
type Workspace struct {
	dir     string
	lock    *os.File
	janitor *janitorProcess
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
	for _, lock := range abandoned {
		removeRecordedGroups(filepath.Dir(lock.Name()))
		_ = RemoveTree(filepath.Dir(lock.Name()))
		lock.Close()
	}
	return w, err
}

func makeWorkspace(dir string) (*Workspace, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	w := &Workspace{dir: dir}
	if err := w.open(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("making a folder for sessions: %w", err)
	}
	return w, nil
}

func (w *Workspace) open() (err error) {
	w.lock, err = os.OpenFile(filepath.Join(w.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
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
		return RemoveTree(w.dir)
	}
	return nil
}

// findAbandoned returns the locks, now held, of the workspaces whose servers and
// janitors are gone, as after a power failure: nobody held them.
func findAbandoned(parent string) []*os.File {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil
	}
	var abandoned []*os.File
	for _, e := range entries {
		lock, err := os.Open(filepath.Join(parent, e.Name(), "lock"))
		if err != nil {
			continue // not a workspace
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
