package doctor

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/sandbox"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

// fakePool is a pool in memory that remembers how often it was closed.
type fakePool struct {
	*sessionstest.Fake
	prepare error
	closed  atomic.Int32
}

func (p *fakePool) Prepare(context.Context) error { return p.prepare }
func (p *fakePool) Close() error                  { p.closed.Add(1); return nil }

// options are those of a command line over a pool.
func options(t *testing.T, pool backend.Pool, out io.Writer, args ...string) Options {
	t.Helper()
	cfg, err := config.Parse(args, nil)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Config: cfg, Out: out, Logger: zerolog.Nop(), Open: func(backend.Options) (backend.Pool, error) { return pool, nil }}
}

// healthy is a pool whose inspection finds everything.
func healthy(found string) *fakePool {
	return &fakePool{Fake: &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, r sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Stdout: found}, nil
	}}}
}

const allFound = `{"python": "3.14.6", "home": "/opt/python", "network": false, "packages": {"ipython": "9", "numpy": "2",
	"pandas": "3", "matplotlib": "3", "scipy": "1", "scikit-learn": "1", "openpyxl": "3"}}`

func TestSetup(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	dir := t.TempDir()
	pool := healthy(allFound)
	if err := Setup(t.Context(), options(t, pool, &out, "setup", "--cache-dir="+dir)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ready", dir, "Python 3.14.6", "numpy 2", "gvisor"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q does not say %q", out.String(), want)
		}
	}
	if pool.closed.Load() != 1 {
		t.Error("the pool was left open")
	}
	broken := healthy("")
	broken.prepare = errors.New("no network")
	if err := Setup(t.Context(), options(t, broken, &out, "setup")); !errors.Is(err, broken.prepare) {
		t.Errorf("got %v", err)
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	unprepared := healthy(allFound)
	unprepared.prepare = errors.New("cannot reach the package index; check the network")
	for _, tt := range []struct {
		name string
		pool backend.Pool
		args []string
		want []string
		fail bool
	}{
		{"healthy", healthy(allFound), nil, []string{"ok    session", "ok    packages", "ok    files", "as it should be"}, false},
		{"network in a sandbox", healthy(strings.Replace(allFound, "false", "true", 1)), []string{"--isolation=gvisor"}, []string{"FAIL  network", "ok    files"}, true},
		{"package missing", healthy(strings.Replace(allFound, `"numpy": "2"`, `"numpy": ""`, 1)), nil, []string{"FAIL  packages", "numpy cannot be imported"}, true},
		{"not prepared", unprepared, nil, []string{"FAIL  interpreter   cannot reach"}, true},
		{"nonsense from the session", healthy("garbage"), nil, []string{"FAIL  session"}, true},
		{"folder missing", healthy(allFound), []string{"--allow-dir=/no/such"}, []string{"FAIL  folders", "/no/such", "ok    session"}, true},
		{"a file for a folder", healthy(allFound), []string{"--allow-dir=/etc/hosts"}, []string{"FAIL  folders", "/etc/hosts is not a folder", "Pass the folder it is in"}, true},
		{"folders that code does not see", healthy(allFound), []string{"--allow-dir=" + t.TempDir(), "--mount=off"}, []string{"ok    folders", "ok    mounts        code sees no folder"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			args := append([]string{"doctor", "--cache-dir=" + t.TempDir()}, tt.args...)
			if _, err := probe(sandbox.Strongest); err != nil && tt.args == nil {
				t.Skip(err)
			}
			err := Run(t.Context(), options(t, tt.pool, &out, args...))
			if (err != nil) != tt.fail {
				t.Errorf("got error %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("does not say %q:\n%s", want, out.String())
				}
			}
		})
	}
}
