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

// A named session lives in the cache folder and not in the server's private one,
// from the beginning, so that its files are available whatever becomes
// of the server:
//
//	<cache>/kept/lock                 held while a session's folder comes or goes
//	<cache>/kept/<hash>/lock          held by the server that has the session
//	<cache>/kept/<hash>/box/data      its files
//	<cache>/kept/<hash>/box/kept.json a namedRecord
//	<cache>/kept/<hash>/box/used      there once code has run; its time is the last
//	<cache>/kept/<hash>/box/state     the interpreter, while it sleeps
//	<cache>/kept/<hash>/box/base-<…>  a link to the pages of the snapshot that the state needs
//	<cache>/kept/<hash>/box/heap/<…>  a link to the memory that sessions of that snapshot share
//
// The names on the disk are older than the words of this package: earlier versions
// left sessions under them.
const (
	namedParent   = "kept"
	namedLock     = "lock"
	instanceDir   = "box"
	recordFile    = "kept.json"
	usedFile      = "used"
	recordVersion = 1

	// namedPatience is how long another server may take to let go of a session:
	// one that a client is restarting has not quite ended.
	namedPatience = 5 * time.Second
)

// errNamedElsewhere says that another server has the session.
var errNamedElsewhere = errors.New("another server that was started with the same --session-name has this session; " +
	"end that server (close the client or the conversation that started it), or give this one a --session-name of its own")

// A namedRecord describes the instance of a named session to the next server.
type namedRecord struct {
	Version     int       `json:"version"`
	Incarnation string    `json:"incarnation"`
	Hostname    string    `json:"hostname"`
	Created     time.Time `json:"created"`
	Key         []byte    `json:"key"` // see [interpreter.Place]
	// Stopped is the run that the end of the last server stopped.
	Stopped *sessions.StoppedRun `json:"stopped,omitempty"`
}

func newNamedRecord() namedRecord {
	return namedRecord{Version: recordVersion, Incarnation: string(sessions.NewID()), Hostname: interpreter.NewHostname(), Created: now(), Key: newKey()}
}

// A namedFolder is the folder of a named session, locked by this process.
type namedFolder struct {
	dir  string
	lock *flock.Flock
}

// openNamedFolder locks the folder of a session, and waits a while for a server that
// is about to end. The error wraps errNamedElsewhere if there is one that is not.
func openNamedFolder(ctx context.Context, cache string, id sessions.ID) (*namedFolder, error) {
	parent, err := cachedir.Subfolder(cache, namedParent)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(id))
	dir := filepath.Join(parent, hex.EncodeToString(sum[:16]))
	ctx, cancel := context.WithTimeout(ctx, namedPatience)
	defer cancel()
	retry := time.NewTicker(cachedir.LockPoll)
	defer retry.Stop()
	for {
		lock, err := lockNamedFolder(ctx, parent, dir)
		if lock != nil || err != nil && ctx.Err() == nil {
			return &namedFolder{dir, lock}, err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return nil, errNamedElsewhere
			}
			return nil, ctx.Err()
		}
	}
}

// lockNamedFolder makes the folder of a session and locks it. It returns nil if
// another process has the lock.
func lockNamedFolder(ctx context.Context, parent, dir string) (*flock.Flock, error) {
	all, err := lockAllNamed(ctx, parent)
	if err != nil {
		return nil, err
	}
	defer all.Close()
	if _, err := cachedir.Subfolder(parent, filepath.Base(dir)); err != nil {
		return nil, err
	}
	lock := cachedir.NewLock(filepath.Join(dir, namedLock))
	locked, err := lock.TryLock()
	if err != nil || !locked {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// lockAllNamed keeps others from making and removing folders of sessions.
func lockAllNamed(ctx context.Context, parent string) (*flock.Flock, error) {
	all := cachedir.NewLock(filepath.Join(parent, namedLock))
	if _, err := all.TryLockContext(ctx, cachedir.LockPoll); err != nil {
		return nil, err
	}
	return all, nil
}

func (f *namedFolder) instance() string { return filepath.Join(f.dir, instanceDir) }

// read returns what the last server has left, which is false if that is nothing
// or not whole. An error says that it cannot be read now.
func (f *namedFolder) read() (r namedRecord, whole bool, err error) {
	data, err := os.ReadFile(filepath.Join(f.instance(), recordFile))
	if errors.Is(err, os.ErrNotExist) {
		return namedRecord{}, false, nil
	}
	if err != nil {
		return namedRecord{}, false, err
	}
	if json.Unmarshal(data, &r) != nil || r.Version != recordVersion || r.Incarnation == "" || r.Hostname == "" {
		return namedRecord{}, false, nil
	}
	return r, true, nil
}

// take returns what the instance is from now on: the one that was found, or an empty
// one in place of what is there. One whose record is damaged, as it may be after
// a power failure, keeps its files.
func (f *namedFolder) take(found bool, used time.Time, on folders) (namedRecord, error) {
	if _, err := cachedir.Subfolder(f.dir, instanceDir); err != nil {
		return namedRecord{}, err
	}
	switch r, whole, err := f.read(); {
	case err != nil:
		return r, err
	case whole && found && len(r.Key) == 0: // of an earlier version, which knew no secrets
		r.Key = newKey()
		return r, f.describe(r)
	case whole && found:
		return r, nil
	}
	r := newNamedRecord()
	if found {
		r.Created = used
		return r, f.describe(r)
	}
	if err := on.RemoveTree(f.instance()); err != nil {
		return r, err
	}
	if err := os.Mkdir(f.instance(), 0o700); err != nil {
		return r, err
	}
	return r, f.describe(r)
}

// describe writes the record of the instance.
func (f *namedFolder) describe(r namedRecord) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	partial := filepath.Join(f.instance(), recordFile+".partial")
	if err := os.WriteFile(partial, data, 0o600); err != nil {
		return fmt.Errorf("keeping a session: %w", err)
	}
	return os.Rename(partial, filepath.Join(f.instance(), recordFile))
}

// lastUsed returns when code last ran in the instance, and whether any ever did. For
// one that has lost what says so, as after a power failure, it is when its folder
// changed; for none it is the zero time. An error says that it cannot be told now,
// which is no reason to take the instance for an old one.
func (f *namedFolder) lastUsed() (used time.Time, ran bool, err error) {
	for _, name := range []string{usedFile, recordFile, "."} {
		info, err := os.Stat(filepath.Join(f.instance(), name))
		if err == nil {
			return info.ModTime(), name == usedFile, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return time.Time{}, false, err
		}
	}
	return time.Time{}, false, nil
}

// remove removes the folder with everything in it.
func (f *namedFolder) remove(ctx context.Context) error {
	err := sandbox.RemoveTree(f.instance())
	if all, lockErr := lockAllNamed(ctx, filepath.Dir(f.dir)); lockErr == nil && err == nil {
		err = namedKind.Remove(f.dir)
		all.Close()
	}
	return errors.Join(err, f.lock.Close())
}
