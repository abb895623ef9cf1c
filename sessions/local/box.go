package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
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
	kept        bool // the folder outlives the server
	account     *account
	unheld      unheld
	interpreter lazy[*interpreter]

	// sleeping reports that state holds an interpreter to be woken. It is
	// changed when there is none, by who has the session's turn, and by the one
	// who then makes one.
	sleeping atomic.Bool
	// What is known from waking it belongs to the attempt to make an interpreter
	// that is under way, and then to who has the session's turn.
	wakes     wakes
	wokenFrom string // the checksum of the snapshot that its last state needed
}

// An interpreter is a process that runs the kernel, and the way to talk to it.
type interpreter struct {
	process
	memory *watched
	rest
	conn       *kernel.Conn
	ready      time.Time
	background bool // it gives way to others; guarded by the session's turn
	// restart is why it is a fresh one, if the session did not bring that about
	// itself. Whoever has the session's turn takes it.
	restart sessions.Restart
}

// ended reports whether the interpreter is gone, or is about to be since it was
// killed for its memory.
func (in *interpreter) ended() bool {
	select {
	case <-in.Done():
		return true
	case <-in.memory.over:
		return true
	default:
		return false
	}
}

// newBox makes a box without an interpreter. The caller holds p.mu.
func (p *Pool) newBox(w *sandbox.Workspace) (*box, error) {
	dir, err := os.MkdirTemp(w.Dir(), "box-")
	if err != nil {
		return nil, err
	}
	b := p.boxAt(dir, string(sessions.NewID()))
	if err := b.open(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return b, nil
}

// boxAt returns a box for a folder, which is not open yet.
func (p *Pool) boxAt(dir, incarnation string) *box {
	b := &box{
		dir:         dir,
		hostname:    newHostname(),
		incarnation: incarnation,
		account:     newAccount(p.opts),
	}
	b.interpreter = lazy[*interpreter]{make: func() (*interpreter, error) { return p.startInterpreter(b) }, owner: &p.work}
	return b
}

func newHostname() string { return "session-" + string(sessions.NewID()[:8]) }

// open opens the box's folder, which may be new or one that an earlier server
// has left.
func (b *box) open() (err error) {
	for _, dir := range []string{b.data(), b.scratch()} {
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		// One that an earlier server has left must not be a link by now.
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
			return errors.Join(err, fmt.Errorf("%s is not a folder", dir))
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
	end, err := p.starts.begin(p.ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if !b.sleeping.Load() {
		return p.freshInterpreter(e, b)
	}
	return p.wokenInterpreter(e, b)
}

// freshInterpreter starts an interpreter that has run nothing: from the
// snapshot, or the long way if there is none.
func (p *Pool) freshInterpreter(e *engine, b *box) (*interpreter, error) {
	if e.runtime != nil {
		in, err := p.restoreInterpreter(e, b)
		if err == nil || p.ctx.Err() != nil {
			return in, err
		}
		p.opts.Logger.Warn().Err(err).Msg("no interpreter could be restored from a snapshot; starting one")
	}
	proc, err := e.start(b)
	if err != nil {
		return nil, err
	}
	return p.connect(proc, false)
}

// restoreInterpreter restores an interpreter from the snapshot. When that
// fails since the snapshot is damaged, or gone, the next interpreter has it made
// again. Most failures are not the snapshot's: the disk was full, or the sandbox
// was killed.
func (p *Pool) restoreInterpreter(e *engine, b *box) (*interpreter, error) {
	// The processes come up while the snapshot is checked.
	blank, err := e.runtime.Create(e.spec(b))
	if err != nil {
		return nil, err
	}
	dir, err := e.snapshot.get(p.ctx)
	if err != nil {
		blank.Kill()
		return nil, err
	}
	s, err := blank.Restore(dir)
	if err != nil {
		return nil, err
	}
	in, err := p.connect(s, false)
	if err == nil {
		// The first run brings in the pages that every run touches; nobody
		// should have to wait for that.
		_, err = in.conn.Execute("", nil)
	}
	if err != nil {
		s.Kill()
		if e.snapshots.DropIfDamaged() {
			e.snapshot.reset()
		}
		return nil, err
	}
	return in, nil
}

// connect waits until the kernel in a process is ready: a fresh one, or one that
// is woken and must not notice.
func (p *Pool) connect(proc process, woken bool) (*interpreter, error) {
	ctx, cancel := context.WithTimeout(p.ctx, startTimeout)
	defer cancel()
	w := p.memory.watch(proc)
	conn, err := kernel.Connect(ctx, proc.Stdout(), proc.Stdin(), kernel.Options{MaxOutput: p.opts.MaxOutput, Resume: woken})
	if err != nil {
		proc.Kill()
		return nil, p.explainStart(err, w)
	}
	return &interpreter{process: proc, memory: w, conn: conn, ready: time.Now()}, nil
}

// Kill ends the process and waits until nothing is left of it.
func (in *interpreter) Kill() {
	in.process.Kill()
	in.conn.Close()
}

// discard kills the interpreter, so that the next who needs one gets another.
// It does not wait for its end, which may be late.
func (b *box) discard() {
	if i, ok := b.interpreter.made(); ok {
		b.interpreter.owner.Go(i.Kill)
	}
	b.interpreter.reset()
}

// remove kills the interpreter, also one that is just starting, and removes
// the folder. The pool must not hand out the box any more.
func (b *box) remove() {
	b.leave()
	_ = sandbox.RemoveTree(b.dir)
}

// leave is remove, but for the folder, which stays where it is.
func (b *box) leave() {
	if a := b.interpreter.latest(); a != nil {
		<-a.done
		if a.err == nil {
			a.value.Kill()
		}
	}
	b.root.Close()
}
