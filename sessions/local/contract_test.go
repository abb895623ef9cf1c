package local_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
	"dynamic-sessions-mcp/sessions/local/python"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestContract(t *testing.T) {
	sessionstest.TestPool(t, localtest.New(t, local.Options{}))
}

// workingDirectory is a pool without isolation, whose code works in the session's
// folder and does not have it as /mnt/data.
type workingDirectory struct{ sessions.Pool }

func (p workingDirectory) Execute(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
	req.Code = strings.ReplaceAll(req.Code, sessions.DataDir+"/", "")
	return p.Pool.Execute(ctx, id, req)
}

func TestContractWithoutIsolation(t *testing.T) {
	sessionstest.TestPool(t, workingDirectory{localtest.New(t, local.Options{Isolation: local.None})})
}

// TestContractWithAnotherPython has the interpreter of a virtual environment, with
// and without a sandbox.
func TestContractWithAnotherPython(t *testing.T) {
	interpreter := virtualEnvironment(t)
	t.Run("isolated", func(t *testing.T) {
		pool := localtest.New(t, local.Options{Python: interpreter})
		sessionstest.TestPool(t, pool)
		checkRuns(t, pool, interpreter)
	})
	t.Run("not isolated", func(t *testing.T) {
		pool := localtest.New(t, local.Options{Python: interpreter, Isolation: local.None})
		sessionstest.TestPool(t, workingDirectory{pool})
		checkRuns(t, pool, interpreter)
	})
}

// checkRuns checks that it is this interpreter that runs, with its packages.
func checkRuns(t *testing.T, pool sessions.Pool, interpreter string) {
	t.Helper()
	id := sessions.NewID()
	defer localtest.Stop(t, pool, id)
	home := filepath.Dir(filepath.Dir(interpreter))
	x := localtest.Execute(t, pool, id, "import sys, numpy; print(sys.prefix, numpy.__file__.startswith(sys.prefix))")
	if want := home + " True\n"; x.Stdout != want {
		t.Errorf("the interpreter runs in %s %+v, want %s", x.Stdout, x.Error, want)
	}
}

// virtualEnvironment makes an environment of the embedded interpreter with
// packages of its own, which are those of the installation, and returns its
// interpreter. It needs no network beyond what the installation needed.
func virtualEnvironment(t *testing.T) string {
	t.Helper()
	embedded, err := python.Install(t.Context(), python.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { embedded.Close() })
	// Beside the installation, so that its files can be linked. Sandboxes leave
	// out what is below /tmp.
	dir, err := os.MkdirTemp(filepath.Dir(filepath.Dir(embedded.Home)), "test-environment-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	venv := filepath.Join(dir, "venv")
	if out, err := exec.CommandContext(t.Context(), embedded.Executable, "-I", "-m", "venv", "--without-pip", venv).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sites, err := filepath.Glob(filepath.Join(venv, "lib", "python*", "site-packages"))
	if err != nil || len(sites) != 1 {
		t.Fatalf("%v, %v", sites, err)
	}
	if err := linkPackages(embedded.SitePackages, sites[0]); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(venv, "bin", "python")
}

// linkPackages makes a copy of a folder with links to the same files, or with
// copies where links cannot be made.
func linkPackages(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		if os.Link(path, target) == nil {
			return nil
		}
		data, err := os.ReadFile(path)
		return errors.Join(err, os.WriteFile(target, data, 0o644))
	})
}
