package interpreter

import (
	"fmt"
	"path"
	"path/filepath"
	"runtime"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/kernel"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// Where a sandbox finds what is not the interpreter's own.
const (
	kernelMount     = "/opt/kernel"
	matplotlibMount = "/opt/matplotlib"
	heapMount       = "/opt/heap"
	scratchDir      = "/tmp"

	// relayPort is where programs in a sandbox find the proxy, on its own loopback.
	relayPort = 3128
)

// commonSpec is what the sandboxes of all sessions have in common, wherever the
// server runs.
func (k *kit) commonSpec() sandbox.Spec {
	spec := k.spec(Place{}, "")
	spec.Hostname, spec.Data = "", ""
	for i := range spec.Binds {
		spec.Binds[i].Host = ""
	}
	return spec
}

// sandboxKey is what a state depends on of the sandbox that it was saved in: a sandbox that
// opens its files itself cannot be restored where a gofer has to, and the other way round;
// and programs go on in the libraries that they have loaded, so these must be the same.
func (k *kit) sandboxKey() any {
	return []any{k.commonSpec(), k.level.Namespaced(), k.system.Libraries()}
}

// binds are the folders that every sandbox sees.
func (k *kit) binds() []sandbox.Bind {
	binds := []sandbox.Bind{{Host: filepath.Dir(k.kernel.Script), Guest: kernelMount}}
	for _, m := range k.python.Mounts() {
		binds = append(binds, sandbox.Bind{Host: m.Source, Guest: m.Target})
	}
	if k.python.MatplotlibConfig != "" {
		binds = append(binds, sandbox.Bind{Host: k.python.MatplotlibConfig, Guest: matplotlibMount})
	}
	return append(binds, k.pips...)
}

// start starts an interpreter at a place, the long way.
func (k *kit) start(at Place) (process, error) {
	if k.runtime == nil {
		return k.startPlain(at)
	}
	return k.runtime.Start(k.spec(at, k.noHeap()))
}

func (k *kit) startPlain(at Place) (process, error) {
	return sandbox.StartPlain(sandbox.Spec{
		Args: k.args(k.python.Executable, kernel.Settings{Data: at.Data, Sites: k.python.Sites(false), Matplotlib: k.python.MatplotlibConfig}, k.kernel.Script),
		Env:  environment(filepath.Dir(k.python.Executable), at.scratch()),
		Data: at.Data,
	})
}

// spec says how a sandbox with an interpreter is made for a place. heap is the folder
// with the file that its memory is mapped from.
func (k *kit) spec(at Place, heap string) sandbox.Spec {
	executable := k.python.SandboxExecutable()
	settings := kernel.Settings{Data: sessions.DataDir, Sites: k.python.Sites(true), Offline: k.opts.Egress == nil, Index: k.opts.EgressIndex}
	if k.opts.Egress != nil {
		settings.Relay = relayPort
	}
	if k.python.MatplotlibConfig != "" {
		settings.Matplotlib = matplotlibMount
	}
	return sandbox.Spec{
		Args:     k.args(executable, settings, path.Join(kernelMount, filepath.Base(k.kernel.Script))),
		Env:      environment(path.Dir(executable), scratchDir),
		Hostname: at.Hostname,
		Data:     at.Data,
		Binds:    append(k.binds(), sandbox.Bind{Host: heap, Guest: heapMount}),
		Limits: sandbox.Limits{
			FileSize:  k.opts.Disk,
			Processes: k.opts.Processes,
			Scratch:   k.opts.Memory / 2,
			Memory:    k.opts.Memory,
		},
	}
}

func (k *kit) args(executable string, settings kernel.Settings, script string) []string {
	settings.MaxOutput = k.opts.MaxOutput
	settings.ImagePixels = k.opts.ImagePixels
	settings.MaxSpill = k.opts.Disk / 4
	settings.Memory, settings.Disk = k.opts.Memory, k.opts.Disk
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
