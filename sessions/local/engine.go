package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"runtime"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/python"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// A process is a running interpreter: a sandbox, or a plain process.
type process interface {
	Stdin() io.WriteCloser
	Stdout() io.ReadCloser
	Done() <-chan struct{}
	Diagnostics() string
	Kill()
	Memory() (int64, error)
}

// An engine starts interpreters.
type engine struct {
	python  *python.Interpreter
	runtime *sandbox.Runtime // nil without isolation
	opts    Options
	kernel  string         // the kernel's script on the host
	binary  string         // what the runtime's processes run
	pips    []sandbox.Bind // what stands for the system's pip

	// snapshot is the folder of the snapshot that interpreters are restored
	// from.
	snapshot  lazy[string]
	snapshots *snapshot.Store // where that is; nil without isolation
}

// Where a sandbox finds what is not the interpreter's own.
const (
	kernelMount     = "/opt/kernel"
	matplotlibMount = "/opt/matplotlib"
	scratchDir      = "/tmp"
)

// makeWorkspace is what Pool.workspace makes.
func (p *Pool) makeWorkspace() (*sandbox.Workspace, error) {
	return p.openWorkspace()
}

// makeEngine is what Pool.engine makes: it installs the interpreter and
// prepares sandboxes. On a fresh machine this takes a minute.
func (p *Pool) makeEngine() (*engine, error) {
	w, err := p.workspace.get(p.ctx)
	if err != nil {
		return nil, err
	}
	if p.opts.Isolation == GVisor {
		// Better to refuse before a gigabyte is installed than after.
		if err := sandbox.Probe(); err != nil {
			return nil, err
		}
	}
	interpreter, err := p.installPython()
	if err != nil {
		return nil, err
	}
	e := &engine{python: interpreter, opts: p.opts}
	if err := e.open(p, w); err != nil {
		return nil, errors.Join(cachedir.Explain(p.opts.CacheDir, err), interpreter.Close())
	}
	p.setUp("starting Python " + interpreter.Version)
	return e, nil
}

func (p *Pool) installPython() (*python.Interpreter, error) {
	if p.opts.Python != "" {
		return python.Foreign(p.ctx, p.opts.Python)
	}
	return python.Install(p.ctx, python.Options{CacheDir: p.opts.CacheDir, Logger: p.opts.Logger, Progress: func(s python.Stage) { p.setUp(s.Text) }})
}

// open prepares what the engine keeps in the workspace.
func (e *engine) open(p *Pool, w *sandbox.Workspace) error {
	var err error
	if e.kernel, err = python.WriteKernel(filepath.Join(w.Dir(), "kernel")); err != nil {
		return err
	}
	if e.opts.Isolation != GVisor {
		return nil
	}
	e.pips = standInForPip(filepath.Dir(e.kernel))
	if e.binary, err = sandbox.Engine(p.ctx, e.opts.CacheDir, p.setUp); err != nil {
		return err
	}
	sandbox.PruneEngines(p.opts.CacheDir, p.opts.Logger)
	e.snapshots = p.newSnapshots(e)
	e.snapshot = lazy[string]{make: func() (string, error) { return e.snapshots.Open(p.ctx) }, owner: &p.work}
	e.runtime, err = sandbox.NewRuntime(e.binary, filepath.Join(w.Dir(), "runtime"), e.binds())
	return err
}

func (e *engine) close() error {
	var errs []error
	if e.runtime != nil {
		errs = append(errs, e.runtime.Close())
	}
	if e.snapshots != nil {
		errs = append(errs, e.snapshots.Close())
	}
	return errors.Join(append(errs, e.python.Close())...)
}

// commonSpec is what the sandboxes of all sessions have in common, wherever the
// server runs.
func (e *engine) commonSpec() sandbox.Spec {
	spec := e.spec(&box{})
	spec.Hostname, spec.Data = "", ""
	for i := range spec.Binds {
		spec.Binds[i].Host = ""
	}
	return spec
}

// binds are the folders that every sandbox sees.
func (e *engine) binds() []sandbox.Bind {
	binds := []sandbox.Bind{{Host: filepath.Dir(e.kernel), Guest: kernelMount}}
	for _, m := range e.python.Mounts() {
		binds = append(binds, sandbox.Bind{Host: m.Source, Guest: m.Target})
	}
	if e.python.MatplotlibConfig != "" {
		binds = append(binds, sandbox.Bind{Host: e.python.MatplotlibConfig, Guest: matplotlibMount})
	}
	return append(binds, e.pips...)
}

// start starts an interpreter over a box's folder.
func (e *engine) start(b *box) (process, error) {
	if e.runtime == nil {
		return e.startPlain(b)
	}
	return e.runtime.Start(e.spec(b))
}

func (e *engine) startPlain(b *box) (process, error) {
	return sandbox.StartPlain(sandbox.Spec{
		Args: e.args(e.python.Executable, kernel.Settings{Data: b.data(), Matplotlib: e.python.MatplotlibConfig}, e.kernel),
		Env:  environment(filepath.Dir(e.python.Executable), b.scratch()),
		Data: b.data(),
	})
}

// spec says how a sandbox with an interpreter is made for a box.
func (e *engine) spec(b *box) sandbox.Spec {
	executable := e.python.SandboxExecutable()
	settings := kernel.Settings{Data: sessions.DataDir, Offline: true}
	if e.python.MatplotlibConfig != "" {
		settings.Matplotlib = matplotlibMount
	}
	return sandbox.Spec{
		Args:     e.args(executable, settings, path.Join(kernelMount, filepath.Base(e.kernel))),
		Env:      environment(path.Dir(executable), scratchDir),
		Hostname: b.hostname,
		Data:     b.data(),
		Binds:    e.binds(),
		Limits: sandbox.Limits{
			FileSize:  e.opts.Disk,
			Processes: e.opts.Processes,
			Scratch:   e.opts.Memory / 2,
			Memory:    e.opts.Memory,
		},
	}
}

func (e *engine) args(executable string, settings kernel.Settings, script string) []string {
	settings.MaxOutput = e.opts.MaxOutput
	settings.MaxSpill = e.opts.Disk / 4
	return append([]string{executable}, kernel.Args(script, settings)...)
}

// environment is the whole environment of an interpreter.
func environment(bin, scratch string) []string {
	env := []string{
		"PATH=" + bin + ":/usr/local/bin:/usr/bin:/bin",
		"HOME=" + scratch,
		"TMPDIR=" + scratch,
		"MPLCONFIGDIR=" + filepath.Join(scratch, ".matplotlib"),
		"LANG=C.UTF-8",
		"TERM=dumb",
		"NO_COLOR=1",
		"PYTHONDONTWRITEBYTECODE=1",
		// What would print a page of JavaScript prints nothing a model can use.
		"PLOTLY_RENDERER=plotly_mimetype",
	}
	return append(append(env, threadCounts(runtime.GOMAXPROCS(0))...), heapSettings()...)
}

// threadCounts tells Python and its libraries the cores that a session may use:
// those of the server, which may be fewer than the machine has.
//
// BLAS and what uses OpenMP get one thread. On two free cores a second makes a
// large product of matrices 1.6 times as fast and an SVD 1.1 times; but threads
// that spin while they wait keep busy cores from those that have work, and with
// OMP_WAIT_POLICY=passive the same SVD took 3.7 times as long as with one.
func threadCounts(cores int) []string {
	var env []string
	for _, name := range []string{"PYTHON_CPU_COUNT", "LOKY_MAX_CPU_COUNT", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"} {
		env = append(env, fmt.Sprintf("%s=%d", name, cores))
	}
	for _, library := range []string{"OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB"} {
		env = append(env, library+"_NUM_THREADS=1")
	}
	return env
}

// heapSettings make the C library keep the memory of large arrays for the next
// ones. It would otherwise give it back each time, and in a sandbox a page
// that is used for the first time costs several times what it does outside:
// numpy's temporaries were up to twenty times slower. What is kept is no more than
// the second number, and malloc_trim gives it back.
func heapSettings() []string {
	return []string{"MALLOC_MMAP_THRESHOLD_=67108864", "MALLOC_TRIM_THRESHOLD_=134217728"}
}

// describeStart explains why an interpreter did not come up.
func describeStart(err error, p process) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if d := p.Diagnostics(); d != "" {
		return fmt.Errorf("the interpreter did not start: %w: %s", err, lastLines(d, 400))
	}
	return fmt.Errorf("the interpreter did not start: %w", err)
}

// lastLines returns the end of a text.
func lastLines(text string, n int) string {
	if len(text) > n {
		return "…" + text[len(text)-n:]
	}
	return text
}
