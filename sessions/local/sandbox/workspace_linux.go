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

// A Workspace is a private folder that does not outlive the server. Close removes
// it. If the server is killed, a janitor process removes it, and if both are killed,
// the next server does.
type Workspace struct {
	dir       string
	lock      *os.File
	janitor   *janitorProcess
	abandoned int
}

// NewWorkspace creates a workspace in parent, a folder for nothing but workspaces.
// The caller closes it.
func NewWorkspace(parent string) (*Workspace, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	// A workspace looks abandoned between the creation of its folder and of its
	// lock.
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

// removeWorkspace removes the workspace of the lock that this process holds. A folder
// without that lock in it is not the workspace, whatever its name.
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

// Abandoned returns how many workspaces of former servers were removed when this
// one was created.
func (w *Workspace) Abandoned() int { return w.abandoned }

func makeWorkspace(dir string) (*Workspace, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, err
	}
	w := &Workspace{dir: dir}
	if err := w.open(); err != nil {
		_ = cachedir.RemoveTree(dir)
		return nil, fmt.Errorf("creating a folder for sessions: %w", err)
	}
	return w, nil
}

func (w *Workspace) open() (err error) {
	w.lock, err = os.OpenFile(filepath.Join(w.dir, workspaceLock), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	// The janitor inherits the open file and with it the lock. Package flock does
	// not expose its file, so this is the one lock that is taken without it.
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

// findAbandoned takes and returns the locks of the workspaces that nobody holds:
// their servers and janitors are gone, for example after a power failure.
func findAbandoned(parent string) []*flock.Flock {
	var abandoned []*flock.Flock
	for _, found := range workspaceKind.List(parent) {
		// The flags do not create the file: without it the folder is being removed.
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
