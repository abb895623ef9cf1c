package local

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// startTimeout is how long an interpreter may take to come up. It takes two
// seconds on a machine that has nothing else to do.
const startTimeout = 90 * time.Second

// A box is a folder and the interpreter that runs over it.
type box struct {
	dir         string
	root        *os.Root // of the data folder
	hostname    string
	incarnation string
	interpreter lazy[*interpreter]
}

// An interpreter is a process that runs the kernel, and the way to talk to it.
type interpreter struct {
	process
	conn *kernel.Conn
}

// newBox makes a box without an interpreter. The caller holds p.mu.
func (p *Pool) newBox(w *sandbox.Workspace) (*box, error) {
	dir, err := os.MkdirTemp(w.Dir(), "box-")
	if err != nil {
		return nil, err
	}
	b := &box{
		dir:         dir,
		hostname:    "session-" + string(sessions.NewID()[:8]),
		incarnation: string(sessions.NewID()),
	}
	b.interpreter = lazy[*interpreter]{make: func() (*interpreter, error) { return p.startInterpreter(b) }, owner: &p.work}
	if err := b.open(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return b, nil
}

func (b *box) open() (err error) {
	for _, dir := range []string{b.data(), b.scratch()} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	b.root, err = os.OpenRoot(b.data())
	return err
}

func (b *box) data() string    { return filepath.Join(b.dir, "data") }
func (b *box) scratch() string { return filepath.Join(b.dir, "scratch") }

// startInterpreter starts an interpreter in a box and waits until it is ready.
func (p *Pool) startInterpreter(b *box) (*interpreter, error) {
	e, err := p.engine.get(p.ctx)
	if err != nil {
		return nil, err
	}
	proc, err := e.start(b)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(p.ctx, startTimeout)
	defer cancel()
	conn, err := kernel.Connect(ctx, proc.Stdout(), proc.Stdin(), kernel.Options{MaxOutput: p.opts.MaxOutput})
	if err != nil {
		proc.Kill()
		return nil, describeStart(err, proc)
	}
	return &interpreter{process: proc, conn: conn}, nil
}

// discard kills the interpreter, so that the next who needs one gets another.
func (b *box) discard() {
	if i, ok := b.interpreter.made(); ok {
		i.Kill()
	}
	b.interpreter.reset()
}

// remove kills the interpreter, also one that is just starting, and removes
// the folder. The pool must not hand out the box any more.
func (b *box) remove() {
	if a := b.interpreter.latest(); a != nil {
		<-a.done
		if a.err == nil {
			a.value.Kill()
		}
	}
	b.root.Close()
	_ = sandbox.RemoveTree(b.dir)
}
