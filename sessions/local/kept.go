package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/interpreter"
	"dynamic-sessions-mcp/sessions/local/sandbox"

	"github.com/gofrs/flock"
)

// A session that is kept lives in the cache folder and not in the server's
// private one, from the beginning, so that its files are available whatever becomes
// of the server:
//
//	<cache>/kept/lock                 held while a session's folder comes or goes
//	<cache>/kept/<hash>/lock          held by the server that has the session
//	<cache>/kept/<hash>/box/data      its files
//	<cache>/kept/<hash>/box/kept.json what keptBox has
//	<cache>/kept/<hash>/box/used      there once code has run; its time is the last
//	<cache>/kept/<hash>/box/state     the interpreter, while it sleeps
//	<cache>/kept/<hash>/box/base-<…>  a link to the pages of the snapshot that state needs
const (
	keptFolder  = "kept"
	keptLock    = "lock"
	keptBoxDir  = "box"
	keptRecord  = "kept.json"
	keptUsed    = "used"
	keptVersion = 1

	// keptPatience is how long another server may take to let go of a session:
	// one that a client is restarting has not quite ended.
	keptPatience = 5 * time.Second

	// lockPoll is how often a lock that another process holds is tried.
	lockPoll = 20 * time.Millisecond
)

// errKeptElsewhere says that another server has the session.
var errKeptElsewhere = errors.New("another server that was started with the same --session-name has this session; " +
	"end that server (close the client or the conversation that started it), or give this one a --session-name of its own")

// A keptBox describes a kept box to the next server.
type keptBox struct {
	Version     int       `json:"version"`
	Incarnation string    `json:"incarnation"`
	Hostname    string    `json:"hostname"`
	Created     time.Time `json:"created"`
}

func newKeptBox() keptBox {
	return keptBox{keptVersion, string(sessions.NewID()), interpreter.NewHostname(), now()}
}

// A kept is the folder of a kept session, locked by this process.
type kept struct {
	dir  string
	lock *flock.Flock
}

// openKept takes the folder of a session, and waits a while for a server that
// is about to end. The error wraps errKeptElsewhere if there is one that is not.
func openKept(ctx context.Context, cache string, id sessions.ID) (*kept, error) {
	parent, err := cachedir.Subfolder(cache, keptFolder)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(id))
	dir := filepath.Join(parent, hex.EncodeToString(sum[:16]))
	ctx, cancel := context.WithTimeout(ctx, keptPatience)
	defer cancel()
	retry := time.NewTicker(lockPoll)
	defer retry.Stop()
	for {
		lock, err := lockKept(ctx, parent, dir)
		if lock != nil || err != nil && ctx.Err() == nil {
			return &kept{dir, lock}, err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, errKeptElsewhere
			}
			return nil, ctx.Err()
		}
	}
}

// lockKept makes the folder of a session and locks it. It returns nil if
// another process has the lock.
func lockKept(ctx context.Context, parent, dir string) (*flock.Flock, error) {
	all, err := lockAllKept(ctx, parent)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	if _, err := cachedir.Subfolder(parent, filepath.Base(dir)); err != nil {
		return nil, err
	}
	lock := cachedir.NewLock(filepath.Join(dir, keptLock))
	locked, err := lock.TryLock()
	if err != nil || !locked {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// lockAllKept keeps others from making and removing folders of sessions.
func lockAllKept(ctx context.Context, parent string) (*flock.Flock, error) {
	all := cachedir.NewLock(filepath.Join(parent, keptLock))
	if _, err := all.TryLockContext(ctx, lockPoll); err != nil {
		return nil, err
	}
	return all, nil
}

func (k *kept) box() string { return filepath.Join(k.dir, keptBoxDir) }

// read returns what the last server has left, which is false if that is nothing
// or not whole. An error says that it cannot be read now.
func (k *kept) read() (r keptBox, whole bool, err error) {
	data, err := os.ReadFile(filepath.Join(k.box(), keptRecord))
	if errors.Is(err, os.ErrNotExist) {
		return keptBox{}, false, nil
	}
	if err != nil {
		return keptBox{}, false, err
	}
	if json.Unmarshal(data, &r) != nil || r.Version != keptVersion || r.Incarnation == "" || r.Hostname == "" {
		return keptBox{}, false, nil
	}
	return r, true, nil
}

// take returns what the box is from now on: the one that was found, or an empty
// one in place of what is there. One whose record is damaged, as it may be after
// a power failure, keeps its files.
func (k *kept) take(found bool, used time.Time, on folders) (keptBox, error) {
	if _, err := cachedir.Subfolder(k.dir, keptBoxDir); err != nil {
		return keptBox{}, err
	}
	if r, whole, err := k.read(); err != nil || whole && found {
		return r, err
	}
	r := newKeptBox()
	if found {
		r.Created = used
		return r, k.describe(r)
	}
	if err := on.RemoveTree(k.box()); err != nil {
		return r, err
	}
	if err := os.Mkdir(k.box(), 0o700); err != nil {
		return r, err
	}
	return r, k.describe(r)
}

// describe writes the record of the box.
func (k *kept) describe(r keptBox) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	partial := filepath.Join(k.box(), keptRecord+".partial")
	if err := os.WriteFile(partial, data, 0o600); err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	return os.Rename(partial, filepath.Join(k.box(), keptRecord))
}

// lastUsed returns when code last ran in the box, and whether any ever did. Of a
// box that has lost what says so, as after a power failure, it is when the box
// was changed; of none it is the zero time. An error says that it cannot be told
// now, which is no reason to take the box for an old one.
func (k *kept) lastUsed() (used time.Time, ran bool, err error) {
	for _, name := range []string{keptUsed, keptRecord, "."} {
		info, err := os.Stat(filepath.Join(k.box(), name))
		if err == nil {
			return info.ModTime(), name == keptUsed, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return time.Time{}, false, err
		}
	}
	return time.Time{}, false, nil
}

// remove removes the folder with everything in it.
func (k *kept) remove(ctx context.Context) error {
	err := sandbox.RemoveTree(k.box())
	if all, lockErr := lockAllKept(ctx, filepath.Dir(k.dir)); lockErr == nil && err == nil {
		err = keptKind.Remove(k.dir)
		all.Close()
	}
	return errors.Join(err, k.lock.Close())
}
