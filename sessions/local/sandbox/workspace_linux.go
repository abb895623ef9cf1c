package sandbox

import (
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
	removeAbandoned(parent)
	dir := filepath.Join(parent, randomName())
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
	return w.janitor.finish()
}

// removeAbandoned removes the workspaces whose servers and janitors are gone,
// as after a power failure: nobody holds their lock.
func removeAbandoned(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := filepath.Join(parent, e.Name())
		lock, err := os.Open(filepath.Join(dir, "lock"))
		if err != nil {
			continue // being made, or not ours
		}
		if flock(lock, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = RemoveTree(dir)
		}
		lock.Close()
	}
}

func randomName() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
