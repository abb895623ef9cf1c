package interpreter

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"dynamic-sessions-mcp/sessions/egress"
	"dynamic-sessions-mcp/sessions/local/await"
	"dynamic-sessions-mcp/sessions/local/basesystem"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/python"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/sessions/local/snapshot"
	"dynamic-sessions-mcp/sessions/userfolders"

	"github.com/rs/zerolog"
)

// Options configure an Engine.
type Options struct {
	CacheDir string // the program's cache folder: installations, snapshots
	// SystemDir has installations and snapshots for all users, see [cachedir.Shared].
	SystemDir string
	// BaseSystem is the archive of the system that sandboxes are made of, see
	// [basesystem.Options].
	BaseSystem string
	Packages   string // the folder that packages are installed from; "" for a package index
	// Requirements is a file with more packages, see [python.Options].
	Requirements string
	Python       string         // another interpreter instead of the embedded one; "" for that
	Isolated     bool           // each interpreter has a sandbox of its own
	Demand       sandbox.Demand // what sandboxes must have

	Memory      int64 // bytes of memory that an interpreter may use
	TotalMemory int64 // bytes that all may use together; 0 for what the machine has, less a reserve
	Disk        int64 // bytes that one file may have
	Processes   int   // processes and threads of an interpreter
	MaxOutput   int64 // bytes kept of each output stream
	ImagePixels int   // pixels of a picture that code shows; 0 for the kernel's bound
	SleepDisk   int64 // bytes that a state may take on the disk
	Rollback    bool  // an interpreter that has died goes back to a state that was kept

	// Egress is what interpreters in sandboxes reach, nil for nothing; EgressIndex says that
	// a package index is among it.
	Egress      *egress.Proxy
	EgressIndex bool

	Folders       userfolders.Folders // of the user, which every interpreter sees
	FoldersHidden bool                // with what is hidden in them

	// Workspace returns the folder for what does not outlive the server.
	Workspace func(context.Context) (string, error)
	// Progress is told what the set-up is doing. It must not block.
	Progress func(text string)
	// MemoryShort is told that memory gets short. It must not block.
	MemoryShort func()
	Owner       *sync.WaitGroup // of every goroutine of the engine and its interpreters
	Logger      zerolog.Logger

	// Idle says when an interpreter counts as idle; the zero value for the usual.
	Idle IdleTimes
	// CreateState creates the file that a state is written to, and FreeSpace returns
	// how many bytes can be written to the file system of a folder. They are nil for
	// the host's disk.
	CreateState func(path string) (StateFile, error)
	FreeSpace   func(dir string) (int64, error)
}

// An Engine is what all interpreters share. Its methods may be called concurrently.
type Engine struct {
	ctx    context.Context // ends with the engine
	opts   Options
	kit    *await.Lazy[*kit]
	memory *memoryWatch
	starts *starts
	shown  *shownFolders
	space  *space // what checkpoints take of the disk
}

// New returns an engine that sets nothing up before [Engine.Ready] is called or an
// interpreter is wanted. Interpreters end when ctx does; Close is called when they
// have.
func New(ctx context.Context, opts Options) *Engine {
	opts.Idle = opts.Idle.withDefaults()
	if opts.CreateState == nil {
		opts.CreateState = createStateFile
	}
	if opts.FreeSpace == nil {
		opts.FreeSpace = freeSpace
	}
	e := &Engine{ctx: ctx, opts: opts, starts: newStarts(), shown: &shownFolders{}, space: &space{free: opts.FreeSpace}}
	e.kit = await.NewLazy(opts.Owner, e.makeKit)
	e.memory = newMemoryWatch(opts.Memory+sandbox.OwnMemory, newMemoryBudget(opts.TotalMemory),
		func(w *watched) { opts.Owner.Go(func() { e.killForMemory(w) }) }, opts.MemoryShort)
	opts.Owner.Go(func() { e.memory.run(ctx) })
	return e
}

// Ready waits until interpreters can be started. On a fresh machine this takes a
// minute, since Python is installed first.
func (e *Engine) Ready(ctx context.Context) error {
	_, err := e.kit.Get(ctx)
	return err
}

// IsReady reports whether interpreters can be started at once.
func (e *Engine) IsReady() bool {
	_, ready := e.kit.Made()
	return ready
}

// PrepareToHibernate reads what states are made of, so that putting an interpreter
// to sleep later takes less time. It waits until the engine is ready.
func (e *Engine) PrepareToHibernate() {
	k, err := e.kit.Get(e.ctx)
	if err != nil {
		return
	}
	if b, err := k.snapshots.Current(); err == nil {
		_ = b.Prepare() // if it fails so does putting to sleep, which says so
	}
}

// Close gives up what the engine has set up.
func (e *Engine) Close() error {
	if k, ok := e.kit.Made(); ok {
		return k.close()
	}
	return nil
}

// A kit is what interpreters are started with.
type kit struct {
	opts      Options
	workspace string
	system    *basesystem.System // that sandboxes are made of; nil for the host's own
	python    *python.Interpreter
	level     sandbox.Level    // "" without isolation
	runtime   *sandbox.Runtime // nil without isolation
	kernel    *python.Kernel
	binary    string         // what the runtime's processes run
	pips      []sandbox.Bind // what stands for the system's pip

	// snapshot is what interpreters are restored from.
	snapshot  *await.Lazy[openSnapshot]
	snapshots *snapshot.Store // where that is; nil without isolation
	heaps     heaps
}

// makeKit installs the interpreter and prepares sandboxes.
func (e *Engine) makeKit() (*kit, error) {
	dir, err := e.opts.Workspace(e.ctx)
	if err != nil {
		return nil, err
	}
	k := &kit{opts: e.opts, workspace: dir}
	if e.opts.Isolated {
		// Better to refuse before a gigabyte is installed than after.
		if k.level, err = sandbox.RecallLevel(e.levelRecord(), e.opts.Demand); err != nil {
			return nil, err
		}
		e.logLevel(k.level)
	}
	if k.system, err = e.baseSystem(); err != nil {
		return nil, err
	}
	if err := k.open(e.ctx); err != nil {
		return nil, errors.Join(cachedir.Explain(e.opts.CacheDir, err), k.close())
	}
	if k.python, err = e.installPython(k.system); err != nil {
		return nil, errors.Join(err, k.close())
	}
	if k.runtime != nil {
		k.openSnapshots(e.ctx)
	}
	e.opts.Owner.Go(func() { e.showFolders(k) }) // so that no execution has to wait for it
	e.opts.Progress("starting Python " + k.python.Version)
	return k, nil
}

// baseSystem returns the system that sandboxes are made of, nil for the host's own, which
// can then run the interpreter. Another interpreter than the embedded one is the host's,
// and so are its libraries.
func (e *Engine) baseSystem() (*basesystem.System, error) {
	o := e.opts
	if o.Python != "" {
		return nil, nil
	}
	if o.Isolated {
		found, err := basesystem.Use(e.ctx, basesystem.Options{CacheDir: o.CacheDir, SystemDir: o.SystemDir, File: o.BaseSystem, Progress: o.Progress, Logger: o.Logger})
		if found != nil || err != nil {
			return found, err
		}
	}
	return nil, basesystem.CheckHost(o.Isolated)
}

func (e *Engine) installPython(system *basesystem.System) (*python.Interpreter, error) {
	if e.opts.Python != "" {
		return python.Foreign(e.ctx, e.opts.Python)
	}
	loader, err := system.LoaderOnHost()
	if err != nil {
		return nil, err
	}
	return python.Install(e.ctx, python.Options{
		CacheDir: e.opts.CacheDir, SystemDir: e.opts.SystemDir, From: e.opts.Packages, Requirements: e.opts.Requirements, Loader: loader,
		Logger:   e.opts.Logger,
		Progress: func(s python.Status) { e.opts.Progress(s.Text) },
	})
}

func (e *Engine) levelRecord() string { return LevelRecord(e.opts.CacheDir, e.opts.Demand) }

// LevelRecord is the file in a cache folder that remembers at which level sandboxes can
// be started. Each demand has its own.
func LevelRecord(cacheDir string, want sandbox.Demand) string {
	name := "level"
	if want != sandbox.Strongest {
		name += "-" + string(want)
	}
	return filepath.Join(cacheDir, name+".json")
}

// logLevel says what keeps sessions from the machine.
func (e *Engine) logLevel(level sandbox.Level) {
	event := e.opts.Logger.Info()
	if level == sandbox.Unconfined {
		event = e.opts.Logger.Warn()
	}
	event.Str("isolation", level.String()).Msg("what keeps sessions from this machine")
}

// Isolation says what keeps interpreters from the machine, "" before that is known, or if
// nothing does.
func (e *Engine) Isolation() string {
	if k, ok := e.kit.Made(); ok && k.runtime != nil {
		return k.level.String()
	}
	return ""
}

// open prepares what does not depend on the interpreter. The sandbox host comes up while
// that is looked at.
func (k *kit) open(ctx context.Context) error {
	var err error
	if k.opts.Isolated {
		if k.binary, err = sandbox.Engine(ctx, k.opts.CacheDir, k.opts.Progress); err != nil {
			return err
		}
		sandbox.PruneEngines(k.opts.CacheDir, k.opts.Logger)
		if err = k.makeHeapFolders(); err != nil {
			return err
		}
		if k.runtime, err = sandbox.NewRuntime(k.binary, filepath.Join(k.workspace, "runtime"), k.system.Folder(), k.level, k.userFolders()); err != nil {
			return err
		}
	}
	if k.kernel, err = python.InstallKernel(ctx, k.opts.CacheDir, k.opts.Logger); err != nil {
		return err
	}
	if k.opts.Isolated && k.system == nil { // a base system has no Python
		k.pips = standInForPip(filepath.Dir(k.kernel.Script))
	}
	return nil
}

// openSnapshots prepares what interpreters are restored from.
func (k *kit) openSnapshots(ctx context.Context) {
	k.snapshots = k.newSnapshots(ctx)
	k.snapshot = await.NewLazy(k.opts.Owner, func() (openSnapshot, error) {
		dir, err := k.snapshots.Open(ctx)
		if err != nil {
			return openSnapshot{}, err
		}
		heap, err := heapOf(dir)
		if err == nil {
			k.keepHeap(dir, heap)
		}
		return openSnapshot{dir, heap}, err
	})
}

func (k *kit) close() error {
	var errs []error
	if k.runtime != nil {
		errs = append(errs, k.runtime.Close())
	}
	if k.snapshots != nil {
		errs = append(errs, k.snapshots.Close())
	}
	if k.kernel != nil {
		errs = append(errs, k.kernel.Close())
	}
	if k.python != nil {
		errs = append(errs, k.python.Close())
	}
	errs = append(errs, k.system.Close())
	return errors.Join(errs...)
}
