package kernel

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/python"
)

// interpreter returns the embedded Python, installed as the program would.
var interpreter = sync.OnceValues(func() (*python.Interpreter, error) {
	return python.Install(context.Background(), python.Options{})
})

// A process is a kernel outside any sandbox.
type process struct {
	*Conn
	data string // its data folder
	cmd  *exec.Cmd
	exit func() // kills it and waits
}

// start runs a kernel until the test ends.
func start(t testing.TB, s Settings, opts Options) *process {
	t.Helper()
	py, err := interpreter()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cache, err := cachedir.Open(filepath.Join(dir, kernelFolder))
	if err != nil {
		t.Fatal(err)
	}
	installed, err := python.InstallKernel(t.Context(), cache, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { installed.Close() })
	script := installed.Script
	if s.Data == "" {
		s.Data = filepath.Join(dir, "data")
		if err := os.Mkdir(s.Data, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	fonts := filepath.Join(dir, "matplotlib")
	if err := os.CopyFS(fonts, os.DirFS(py.MatplotlibConfig)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(py.Executable, Args(script, s)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + s.Data, "TMPDIR=" + dir, "MPLCONFIGDIR=" + fonts, "OPENBLAS_NUM_THREADS=1"}
	var diagnostics strings.Builder
	cmd.Stderr = &diagnostics
	w, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{data: s.Data, cmd: cmd}
	p.exit = sync.OnceFunc(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() && diagnostics.Len() > 0 {
			t.Logf("diagnostics: %s", diagnostics.String())
		}
	})
	t.Cleanup(p.exit)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if p.Conn, err = Connect(ctx, r, w, opts); err != nil {
		p.exit()
		t.Fatalf("%v; diagnostics: %s", err, diagnostics.String())
	}
	return p
}

// run executes code, which must not kill the kernel.
func (p *process) run(t testing.TB, code string) *Outcome {
	t.Helper()
	o, err := p.Execute(code, nil)
	if err != nil {
		t.Fatalf("%.100q: %v", code, err)
	}
	return o
}

// kernelFolder is the name of the folder that start installs the kernel in.
const kernelFolder = "files-of-the-kernel"

// showsKernel reports whether a traceback names a file of the kernel.
func showsKernel(traceback string) bool { return strings.Contains(traceback, "/"+kernelFolder+"/") }

// value executes code that must succeed and returns its result.
func (p *process) value(t testing.TB, code string) string {
	t.Helper()
	o := p.run(t, code)
	if o.Error != nil {
		t.Fatalf("%.100q: %s", code, o.Error.Traceback)
	}
	return string(o.Result)
}
