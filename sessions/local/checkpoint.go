package local

import (
	"context"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// checkpointTimeout is how long writing a state may take.
const checkpointTimeout = time.Minute

// newSnapshots returns the store of the snapshots that an engine's interpreters
// are restored from.
func (p *Pool) newSnapshots(e *engine) *snapshot.Store {
	return snapshot.New(snapshot.Options{
		CacheDir: p.opts.CacheDir,
		Of:       snapshot.Of{Binary: e.binary, Python: e.python.Key, Kernel: filepath.Dir(e.kernel), Spec: e.commonSpec()},
		Take:     func(dir string) error { return p.takeSnapshot(e, dir) },
		Progress: p.setUp,
		Logger:   p.opts.Logger,
	})
}

// takeSnapshot starts an interpreter as ever, and writes its state to dir.
func (p *Pool) takeSnapshot(e *engine, dir string) error {
	w, err := p.workspace.get(p.ctx)
	if err != nil {
		return err
	}
	b, err := p.newBox(w)
	if err != nil {
		return err
	}
	defer b.remove()
	s, err := e.runtime.Start(e.spec(b))
	if err != nil {
		return err
	}
	defer s.Kill()
	ctx, cancel := context.WithTimeout(p.ctx, startTimeout)
	defer cancel()
	if _, err := kernel.Connect(ctx, s.Stdout(), s.Stdin(), kernel.Options{}); err != nil {
		return describeStart(err, s)
	}
	ctx, cancel = context.WithTimeout(p.ctx, checkpointTimeout)
	defer cancel()
	return s.Checkpoint(ctx, dir)
}
