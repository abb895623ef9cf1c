package server

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
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
		{[]string{"version", "--json"}, nil, exitOK, `"level": "`, ""},
		{[]string{"completion", "bash"}, nil, exitOK, "complete -F", ""},
		{[]string{"man"}, nil, exitOK, ".SH OPTIONS", ""},
		{[]string{"licenses", "--cache-dir=/nowhere/cache"}, nil, exitOK, "Packages are listed here once they are installed", ""},
		{[]string{"--memory=1"}, nil, exitUsage, "", "--memory"},
		{nil, []string{"DYNAMIC_SESSIONS_MAX_RUN=soon"}, exitUsage, "", "DYNAMIC_SESSIONS_MAX_RUN"},
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
}

func TestMessagesHoldUploads(t *testing.T) {
	t.Parallel()
	if got := base64Size(int64(config.Bytes(128e6))); got < 170_666_668 {
		t.Errorf("a message of %d bytes does not hold an upload of 128 MB", got)
	}
}

// TestKeyIsForSharedPools: sessions of the embedded pool end with the server, so
// a key must not make clients believe that theirs are still there.
func TestKeyIsForSharedPools(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args  []string
		key   []byte
		share bool
		warns bool
	}{
		{nil, nil, false, false},
		{nil, []byte("k"), false, true},
		{[]string{"--pool-endpoint=http://127.0.0.1:1"}, nil, false, false},
		{[]string{"--pool-endpoint=http://127.0.0.1:1"}, []byte("k"), true, false},
	} {
		var logged bytes.Buffer
		p := newProgram(t, newVariablePool(), Streams{}, append([]string{"--transport=http"}, tt.args...)...)
		p.log = zerolog.New(&logged)
		if got := p.sharesPool(tt.key); got != tt.share || strings.Contains(logged.String(), "--pool-endpoint") != tt.warns {
			t.Errorf("%v with the key %q: %t, and it logged %s", tt.args, tt.key, got, &logged)
		}
	}
}
