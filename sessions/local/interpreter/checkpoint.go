package interpreter

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// checkpointTimeout is how long writing a state may take.
const checkpointTimeout = time.Minute

// newSnapshots returns the store of the snapshots that interpreters are restored
// from.
func (k *kit) newSnapshots(ctx context.Context) *snapshot.Store {
	return snapshot.New(snapshot.Options{
		CacheDir:  k.opts.CacheDir,
		SystemDir: k.opts.SystemDir,
		Of:        snapshot.Of{Binary: k.binary, Python: k.python.Key, Kernel: filepath.Dir(k.kernel.Script), Spec: k.commonSpec()},
		Take:      func(dir string) error { return k.takeSnapshot(ctx, dir) },
		Progress:  k.opts.Progress,
		Logger:    k.opts.Logger,
	})
}

// takeSnapshot starts an interpreter the long way, and writes its state to dir.
func (k *kit) takeSnapshot(ctx context.Context, dir string) error {
	at, remove, err := k.temporaryPlace()
	if err != nil {
		return err
	}
	defer remove()
	s, err := k.runtime.Start(k.spec(at))
	if err != nil {
		return err
	}
	defer s.Kill()
	starting, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if _, err := kernel.Connect(starting, s.Stdout(), s.Stdin(), kernel.Options{}); err != nil {
		return describeStart(err, s)
	}
	ctx, cancel = context.WithTimeout(ctx, checkpointTimeout)
	defer cancel()
	return s.Checkpoint(ctx, dir)
}

// temporaryPlace returns a place in the workspace, which remove removes.
func (k *kit) temporaryPlace() (at Place, remove func(), err error) {
	dir, err := os.MkdirTemp(k.workspace, "warm-")
	if err != nil {
		return at, nil, err
	}
	remove = func() { _ = sandbox.RemoveTree(dir) }
	at = Place{Dir: dir, Data: filepath.Join(dir, "data"), Hostname: NewHostname()}
	if err := os.Mkdir(at.Data, 0o755); err != nil {
		remove()
		return at, nil, err
	}
	return at, remove, nil
}
