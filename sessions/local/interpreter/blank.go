package interpreter

import (
	"os"

	"dynamic-sessions-mcp/sessions/local/delta"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// A blank is a sandbox in which the snapshot can be restored, whose processes are up or
// come up.
type blank struct {
	*sandbox.Blank
	heap os.FileInfo // the folder with the heap that it sees
}

// Prepare brings up the processes of a sandbox in which the interpreter will be
// restored, and returns when they are being started. That is a third of the work of a
// start; it costs the memory of two idle processes. It does nothing without isolation,
// or if there is no snapshot yet. Nobody may begin the interpreter meanwhile.
func (in *Interpreter) Prepare() error {
	k, ok := in.engine.kit.Made()
	if !ok || k.runtime == nil {
		return nil
	}
	if _, ok := k.snapshot.Made(); !ok {
		return nil
	}
	b, err := in.newBlank(k)
	if err == nil {
		in.prepared.Store(b)
	}
	return err
}

// Prepared reports whether the processes of a sandbox have been brought up for it.
func (in *Interpreter) Prepared() bool { return in.prepared.Load() != nil }

// newBlank makes a blank for the snapshot that is in its place now.
func (in *Interpreter) newBlank(k *kit) (*blank, error) {
	dir, err := k.snapshots.Place()
	if err != nil {
		return nil, err
	}
	heap, err := os.Lstat(heapFolder(dir))
	if err != nil {
		return nil, err
	}
	b, err := k.runtime.Create(k.spec(in.place, heapFolder(dir)))
	if err != nil {
		return nil, err
	}
	return &blank{b, heap}, nil
}

// takeBlank returns the snapshot and a sandbox in which it can be restored, whose
// processes come up while the snapshot is looked at, if they were not prepared. They
// need its heap from the beginning: if the snapshot is not there yet, or is made again
// meanwhile, they begin after it.
func (in *Interpreter) takeBlank(k *kit) (*blank, openSnapshot, error) {
	early := in.prepared.Swap(nil)
	if early == nil {
		early, _ = in.newBlank(k) // or later
	}
	from, err := in.engine.wholeSnapshot(k)
	if err == nil && early != nil {
		if now, err := os.Lstat(heapFolder(from.dir)); err == nil && os.SameFile(early.heap, now) {
			return early, from, nil
		}
	}
	if early != nil {
		early.Kill()
	}
	if err != nil {
		return nil, from, err
	}
	b, err := in.newBlank(k)
	return b, from, err
}

// An openSnapshot is a snapshot that was found to be whole.
type openSnapshot struct {
	dir  string
	heap delta.Heap
}

// wholeSnapshot returns the snapshot. One that has changed since it was looked at is
// made again.
func (e *Engine) wholeSnapshot(k *kit) (openSnapshot, error) {
	from, err := k.snapshot.Get(e.ctx)
	if err != nil || k.snapshots.Unchanged() || !k.dropIfDamaged() {
		return from, err
	}
	return k.snapshot.Get(e.ctx)
}

// dropIfDamaged gives up the snapshot if it is damaged, and reports whether it is.
func (k *kit) dropIfDamaged() bool {
	if !k.snapshots.DropIfDamaged() {
		return false
	}
	k.snapshot.Reset()
	return true
}
