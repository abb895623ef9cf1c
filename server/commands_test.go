package server

import (
	"bytes"
	"context"
	"errors"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestMainExitCodes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args     []string
		environ  []string
		code     int
		out, err string
	}{
		{[]string{"--help"}, nil, exitOK, "--allow-dir", ""},
		{[]string{"version"}, nil, exitOK, "dynamic-sessions-mcp ", ""},
		{[]string{"--version"}, nil, exitOK, "python ", ""},
		{[]string{"--memory=1"}, nil, exitUsage, "", "--memory"},
		{nil, []string{"DYNAMIC_SESSIONS_TIMEOUT=soon"}, exitUsage, "", "DYNAMIC_SESSIONS_TIMEOUT"},
		{[]string{"--nope"}, nil, exitUsage, "", "--help"},
		{[]string{"version"}, []string{"DYNAMIC_SESSIONS_MEMROY=1"}, exitOK, "python", "DYNAMIC_SESSIONS_MEMROY"},
	} {
		t.Run(strings.Join(append(tt.args, tt.environ...), " "), func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code := Main(t.Context(), tt.args, tt.environ, Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
			if code != tt.code || !strings.Contains(out.String(), tt.out) || !strings.Contains(errs.String(), tt.err) {
				t.Errorf("got %d, %q, %q", code, out.String(), errs.String())
			}
			if tt.out == "" && out.Len() > 0 || tt.err == "" && errs.Len() > 0 {
				t.Errorf("said too much: %q, %q", out.String(), errs.String())
			}
		})
	}
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
	if err := newProgram(t, pool, Streams{Out: &out}, "setup", "--cache-dir="+dir).setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Ready", dir, "Python 3.14.6", "numpy 2", "gvisor"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q does not say %q", out.String(), want)
		}
	}
	if pool.timesClosed() != 1 {
		t.Error("the pool was left open")
	}
	broken := healthy("")
	broken.prepare = errors.New("no network")
	if err := newProgram(t, broken, Streams{Out: &out}, "setup").setup(t.Context()); !errors.Is(err, broken.prepare) {
		t.Errorf("got %v", err)
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	unprepared := healthy(allFound)
	unprepared.prepare = errors.New("cannot reach the package index; check the network")
	for _, tt := range []struct {
		name string
		pool Pool
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
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			args := append([]string{"doctor", "--cache-dir=" + t.TempDir()}, tt.args...)
			if _, err := probe(); err != nil && tt.args == nil {
				t.Skip(err)
			}
			err := newProgram(t, tt.pool, Streams{Out: &out}, args...).doctor(t.Context())
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

func TestDescribeBuild(t *testing.T) {
	t.Parallel()
	b := describeBuild(&debug.BuildInfo{
		GoVersion: "go1.26.8",
		Main:      debug.Module{Version: "v1.2.3"},
		Settings:  []debug.BuildSetting{{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}},
		Deps: []*debug.Module{
			{Path: gvisorModule, Version: "v0.0.0-20260224225140-573d5e7127a8"},
			{Path: pythonModule, Version: "v0.0.0-3.14.6-20260610-1"},
		},
	})
	want := build{version: "v1.2.3", revision: "abc with changes", goVersion: "go1.26.8",
		gvisor: "v0.0.0-20260224225140-573d5e7127a8", python: "3.14.6"}
	if b != want {
		t.Errorf("got %+v, want %+v", b, want)
	}
	if got := describeBuild(&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}).version; got != "devel" {
		t.Errorf("got %q", got)
	}
}

func TestProgressLines(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var out bytes.Buffer
	lines := &progressLines{to: &out, now: func() time.Time { return now }}
	for _, step := range []struct {
		after time.Duration
		stage string
	}{
		{0, "unpacking"}, {0, "unpacking"}, {0, "installing: 1 %"}, {100 * time.Millisecond, "installing: 2 %"},
		{time.Second, "installing: 30 %"}, {0, ""}, {0, "starting a sandbox"},
	} {
		now = now.Add(step.after)
		lines.show(step.stage)
	}
	want := "dynamic-sessions-mcp: unpacking\ndynamic-sessions-mcp: installing: 1 %\ndynamic-sessions-mcp: installing: 30 %\ndynamic-sessions-mcp: starting a sandbox\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestEnvironmentFollowsTheConfiguration(t *testing.T) {
	t.Parallel()
	sandboxed := environment(settings(t).Pool)
	if sandboxed.Network || sandboxed.Warning != "" || len(sandboxed.Packages) == 0 {
		t.Errorf("got %+v", sandboxed)
	}
	bare := environment(settings(t, "--isolation=none", "--python=/venv/bin/python").Pool)
	if !bare.Network || bare.Warning == "" || bare.Packages != nil || bare.DataDir != "." || bare.Python != "" {
		t.Errorf("got %+v", bare)
	}
	if got := base64Size(int64(config.Bytes(128e6))); got < 170_666_668 {
		t.Errorf("a message of %d bytes does not hold an upload of 128 MB", got)
	}
}

func TestMissingIsolationIsSaid(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	p := newProgram(t, &fakePool{Fake: &sessionstest.Fake{}}, Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}}, "--isolation=none")
	p.log = zerolog.New(&log)
	if err := p.serve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), `"level":"warn"`) || !strings.Contains(log.String(), "nothing isolates the code") {
		t.Errorf("the log says %q", log.String())
	}
	bare := instructions(config.IsolationNone)
	if strings.Contains(bare, "isolated from") || strings.Contains(bare, "/mnt/data") || !strings.Contains(bare, "nothing isolates") || len(bare) > 2048 {
		t.Errorf("the instructions say %q", bare)
	}
	if !strings.Contains(instructions(config.IsolationGVisor), "isolated from the user's machine") {
		t.Error("the instructions do not say that a sandbox isolates")
	}
}
