// Package sessionstest tests pools. [TestPool] is the contract that every
// [sessions.Pool] keeps; [Fake] is a pool without sandboxes for tests of what
// uses one.
package sessionstest

import (
	"context"
	"io"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
)

// TestPool tests that pool keeps the contract of [sessions.Pool], with real
// Python. The subtests run in parallel, each with sessions of its own, which it
// stops.
func TestPool(t *testing.T, pool sessions.Pool) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *subject)
	}{
		{"Result", testResult},
		{"State", testState},
		{"Raise", testRaise},
		{"Figures", testFigures},
		{"TimeOut", testTimeOut},
		{"OutputWhileItRuns", testOutputWhileItRuns},
		{"Cancel", testCancel},
		{"Died", testDied},
		{"Restart", testRestart},
		{"Sabotage", testSabotage},
		{"EndlessOutput", testEndlessOutput},
		{"Commands", testCommands},
		{"CommandWithoutEnd", testCommandWithoutEnd},
		{"Order", testOrder},
		{"ApartFromEachOther", testApart},
		{"Files", testFiles},
		{"FilesDuringRun", testFilesDuringRun},
		{"Replace", testReplace},
		{"HostileNames", testHostileNames},
		{"HostileIDs", testHostileIDs},
		{"Links", testLinks},
		{"Stop", testStop},
		{"EndedContext", testEndedContext},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, newSubject(t, pool))
		})
	}
}

// A subject is a session under test.
type subject struct {
	sessions.Pool
	t  *testing.T
	id sessions.ID
}

func newSubject(t *testing.T, pool sessions.Pool) *subject {
	s := &subject{Pool: pool, t: t, id: sessions.NewID()}
	t.Cleanup(func() {
		if err := pool.Stop(context.WithoutCancel(t.Context()), s.id); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return s
}

// run executes code that must not fail as a request.
func (s *subject) run(code string) *sessions.Execution {
	s.t.Helper()
	x, err := s.Execute(s.t.Context(), s.id, sessions.Request{Code: code})
	if err != nil {
		s.t.Fatalf("Execute(%q): %v", code, err)
	}
	return x
}

// value executes code and returns its result.
func (s *subject) value(code string) string {
	s.t.Helper()
	x := s.run(code)
	if x.Status != sessions.Succeeded {
		s.t.Fatalf("Execute(%q): %s, %+v, stderr %q", code, x.Status, x.Error, x.Stderr)
	}
	return string(x.Result)
}

func (s *subject) upload(name, text string) sessions.File {
	s.t.Helper()
	f, err := s.Upload(s.t.Context(), s.id, name, strings.NewReader(text))
	if err != nil {
		s.t.Fatalf("Upload(%q): %v", name, err)
	}
	return f
}

func (s *subject) download(name string) string {
	s.t.Helper()
	_, r, err := s.Download(s.t.Context(), s.id, name)
	if err != nil {
		s.t.Fatalf("Download(%q): %v", name, err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		s.t.Fatalf("Download(%q): %v", name, err)
	}
	return string(data)
}
