package interpreter

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// checkpointTimeout is how long writing a state may take.
const checkpointTimeout = time.Minute

// checkpointMemory is what a sandbox may use while a snapshot is made of it: more than
// some sessions may, since the interpreter moves all of its memory.
const checkpointMemory = 1 << 30

// newSnapshots returns the store of the snapshots that interpreters are restored
// from.
func (k *kit) newSnapshots(ctx context.Context) *snapshot.Store {
	return snapshot.New(snapshot.Options{
		CacheDir:  k.opts.CacheDir,
		SystemDir: k.opts.SystemDir,
		Of:        snapshot.Of{Binary: k.binary, Python: k.python.Key, Kernel: filepath.Dir(k.kernel.Script), Spec: k.sandboxKey()},
		Take:      func(dir string) error { return k.takeSnapshot(ctx, dir) },
		Progress:  k.opts.Progress,
		Logger:    k.opts.Logger,
	})
}

// takeSnapshot starts an interpreter the long way, and writes its state to dir.
func (k *kit) takeSnapshot(ctx context.Context, dir string) error {
	// The interpreter writes its heap to the folder of its data, which becomes part of
	// the snapshot.
	at := Place{Data: heapFolder(dir), Hostname: NewHostname()}
	if err := os.Mkdir(at.Data, 0o755); err != nil {
		return err
	}
	spec := k.spec(at, at.Data)
	spec.Limits.Memory = max(spec.Limits.Memory, checkpointMemory)
	s, err := k.runtime.Start(spec)
	if err != nil {
		return err
	}
	defer s.Kill()
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	conn, err := kernel.Connect(starting, s.Stdout(), s.Stdin(), kernel.Options{})
	if err == nil {
		err = k.shareHeap(conn)
	}
	if err != nil {
		return describeStart(err, s)
	}
	ctx, cancel = context.WithTimeout(ctx, checkpointTimeout)
	defer cancel()
	return s.Checkpoint(ctx, dir)
}
