package sandbox

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// A Runtime starts sandboxes. Its methods may be called concurrently.
type Runtime struct {
	engine  string // the binary that is gVisor's runtime
	dir     string // everything of this runtime, removed by the janitor
	rootfs  string
	system  []Bind
	thread  *thread
	janitor *janitorProcess
	lock    *os.File

	mu      sync.Mutex
	closed  bool
	running map[*Sandbox]struct{}
}

// NewRuntime prepares to start sandboxes that run in the binary engine, which
// [Engine] returns. It makes a private folder below parent for them, and
// removes the folders of servers that are gone. binds are the read-only folders
// that its sandboxes will name. The error wraps ErrUnsupported if this machine
// cannot run sandboxes. Close the runtime when done.
func NewRuntime(engine, parent string, binds []Bind) (*Runtime, error) {
	if err := Probe(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	removeAbandoned(parent)
	dir := filepath.Join(parent, randomName())
	r := &Runtime{engine: engine, dir: dir, rootfs: filepath.Join(dir, "root"), running: map[*Sandbox]struct{}{}}
	if err := r.prepare(binds); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("preparing a folder for sandboxes: %w", err)
	}
	r.thread = newThread()
	return r, nil
}

func (r *Runtime) prepare(binds []Bind) error {
	if err := os.MkdirAll(filepath.Join(r.dir, "state"), 0o700); err != nil {
		return err
	}
	lock, err := os.OpenFile(filepath.Join(r.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := flock(lock, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return err
	}
	if err := makeRootfs(r.rootfs); err != nil {
		lock.Close()
		return err
	}
	if r.system, err = systemBinds(r.rootfs); err != nil {
		lock.Close()
		return err
	}
	if err := makeMountPoints(r.rootfs, append(append([]Bind{}, r.system...), binds...)); err != nil {
		lock.Close()
		return err
	}
	if r.janitor, err = startJanitor(r.dir, lock); err != nil {
		lock.Close()
		return err
	}
	r.lock = lock
	return nil
}

// Dir returns the runtime's private folder. What is in it is removed when the
// runtime is closed, and when the process ends in any other way.
func (r *Runtime) Dir() string { return r.dir }

// Close kills every sandbox, removes the runtime's folder and waits for both.
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
	r.thread.close()
	err := r.janitor.finish()
	r.lock.Close()
	return err
}

// add registers a sandbox about to start, unless the runtime is closed.
func (r *Runtime) add(s *Sandbox) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errors.New("sandbox: the runtime is closed")
	}
	r.running[s] = struct{}{}
	return nil
}

func (r *Runtime) remove(s *Sandbox) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, s)
}

// removeAbandoned removes the folders of runtimes whose processes are gone and
// whose janitors are gone too, as after a power failure: nobody holds their
// lock.
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
			_ = removeTree(dir)
		}
		lock.Close()
	}
}

func randomName() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
