package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/gofrs/flock"

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
	making := cachedir.NewLock(filepath.Join(parent, workspaceLock))
	if err := making.Lock(); err != nil {
		return nil, err
	}
	abandoned := findAbandoned(parent)
	w, err := makeWorkspace(filepath.Join(parent, randomName()))
	making.Close()
	removed := 0
	for _, lock := range abandoned {
		removeRecordedGroups(filepath.Dir(lock.Path()))
		if removeWorkspace(filepath.Dir(lock.Path()), lock) == nil {
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
func removeWorkspace(dir string, lock interface{ Stat() (fs.FileInfo, error) }) error {
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
	// The janitor inherits the lock with the file. Package flock does not give
	// its file away, so this is the one lock that is taken without it.
	if err = syscall.Flock(int(w.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
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
func findAbandoned(parent string) []*flock.Flock {
	var abandoned []*flock.Flock
	for _, found := range workspaceKind.List(parent) {
		// One that is gone is not made again: the folder is just being removed.
		lock := flock.New(filepath.Join(found.Path, workspaceLock), flock.SetFlag(os.O_RDONLY|syscall.O_NOFOLLOW))
		if locked, err := lock.TryLock(); err == nil && locked {
			abandoned = append(abandoned, lock)
		}
	}
	return abandoned
}

func randomName() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
