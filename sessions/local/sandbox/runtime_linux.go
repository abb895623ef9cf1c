package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"dynamic-sessions-mcp/sessions/local/cachestore"
)

// A Runtime starts sandboxes. Its methods may be called concurrently.
type Runtime struct {
	engine string // the binary that is gVisor's runtime
	dir    string
	system system
	shown  []Bind // of the system
	level  Level
	user   UserFolders
	thread *thread
	groups *groups          // nil where there is none to be had
	inUse  *cachestore.Item // the engine, which is kept from being removed; nil if it is this binary

	hostMu sync.Mutex
	host   *hostProcess

	mu      sync.Mutex
	closed  bool
	running map[*Sandbox]struct{}
}

// NewRuntime returns a runtime that starts sandboxes with the binary engine, which
// [Engine] returns, at the level that [FindLevel] returns. They see the folders
// of the user as soon as [Runtime.ShowFolders] was called. Their root is made of the base
// system in the folder base, which stays as it is while the runtime is open, or, if that
// is "", of the host's own system. The runtime keeps its files in dir, which must be empty
// or not exist. The caller closes it.
func NewRuntime(engine, dir, base string, level Level, user UserFolders) (*Runtime, error) {
	from := system(base)
	r := &Runtime{engine: engine, dir: dir, system: from, level: level, user: user, shown: from.binds(rootfsDir(dir)), running: map[*Sandbox]struct{}{}}
	if err := r.prepare(); err != nil {
		return nil, fmt.Errorf("preparing a folder for sandboxes: %w", err)
	}
	if engine != ownBinary {
		var err error
		if r.inUse, err = useEngine(engine); err != nil {
			return nil, err
		}
	}
	r.groups = openGroups(dir)
	lowerScore(serverScore)
	r.thread = newThread()
	if _, err := r.liveHost(); err != nil { // so that no sandbox waits for it
		r.thread.close()
		r.groups.close()
		return nil, errors.Join(err, r.release())
	}
	return r, nil
}

func (r *Runtime) prepare() error {
	for _, dir := range []string{filepath.Join(r.dir, "state"), rootfsDir(r.dir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	return errors.Join(makeBlank(blankDir(r.dir)), makeUserDir(r.dir))
}

// Close kills every sandbox and waits until none is left.
func (r *Runtime) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	var left []*Sandbox
	for s := range r.running {
		left = append(left, s)
	}
	r.mu.Unlock()
	for _, s := range left {
		s.terminate()
	}
	for _, s := range left {
		<-s.done
	}
	r.hostMu.Lock()
	r.host.close()
	r.hostMu.Unlock()
	r.thread.close()
	r.groups.close()
	return r.release()
}

// release ends the use of the engine, which may then be removed.
func (r *Runtime) release() error {
	if r.inUse == nil {
		return nil
	}
	return r.inUse.Close()
}

// add registers a sandbox about to start, unless the runtime is closed.
func (r *Runtime) add(s *Sandbox) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errClosed
	}
	r.running[s] = struct{}{}
	return nil
}

func (r *Runtime) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

var errClosed = errors.New("sandbox: the runtime is closed")

func (r *Runtime) remove(s *Sandbox) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, s)
}
