package sessionstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// What the contract says about commands.

// command runs a command that must not fail as a request.
func (s *subject) command(c sessions.Command, timeout time.Duration) *sessions.Execution {
	s.t.Helper()
	x, err := s.Execute(s.t.Context(), s.id, sessions.Request{Command: &c, Timeout: timeout})
	if err != nil {
		s.t.Fatalf("Execute(%.100v): %v", c, err)
	}
	return x
}

func testCommands(t *testing.T, s *subject) {
	s.upload("given.txt", "given\n")
	first := s.run("import os; os.environ['NAMED'] = 'by code'; kept = 1\n6 * 7")
	for _, test := range []struct {
		command        sessions.Command
		exit           int
		stdout, stderr string
	}{
		{sessions.Command{Shell: "cat given.txt; echo $NAMED; echo err >&2; exit 3"}, 3, "given\nby code\n", "err\n"},
		{sessions.Command{Shell: "read a; echo made by $a > made.txt", Stdin: "a shell\n"}, 0, "", ""},
		{sessions.Command{Shell: "cat"}, 0, "", ""},
		{sessions.Command{Args: []string{"printf", "%s|", "$NAMED", "a b"}}, 0, "$NAMED|a b|", ""},
		{sessions.Command{Args: []string{"no-such-program"}}, 127, "", "no-such-program: command not found\n"},
		{sessions.Command{Shell: "kill -KILL $$"}, 137, "", ""},
		{sessions.Command{Shell: "# " + strings.Repeat("x", 200<<10) + "\necho long"}, 0, "long\n", ""},
	} {
		x := s.command(test.command, 0)
		if x.Status != sessions.Succeeded || x.ExitCode != test.exit || x.Stdout != test.stdout || x.Stderr != test.stderr {
			t.Errorf("%.100v: %s, exit %d, stdout %q, stderr %q", test.command, x.Status, x.ExitCode, x.Stdout, x.Stderr)
		}
		if x.Incarnation != first.Incarnation || x.VariablesLost || x.Restart != "" {
			t.Errorf("%.100v: %+v after %+v", test.command, x, first)
		}
	}
	if got := s.value("(_, kept, open('made.txt').read(), '_exit_code' in globals())"); got != `"(42, 1, 'made by a shell\\n', False)"` {
		t.Errorf("after the commands code finds %s", got)
	}
	for _, wrong := range []sessions.Request{
		{Command: &sessions.Command{}},
		{Command: &sessions.Command{Shell: "x", Args: []string{"x"}}},
		{Command: &sessions.Command{Shell: "a\x00b"}},
		{Command: &sessions.Command{Shell: "x"}, Code: "1"},
	} {
		if _, err := s.Execute(t.Context(), s.id, wrong); !errors.Is(err, sessions.ErrInvalidRequest) {
			t.Errorf("%+v: %v", wrong.Command, err)
		}
	}
}

// testCommandWithoutEnd has commands that never end by themselves. Nothing of them is
// left, and the variables are kept.
func testCommandWithoutEnd(t *testing.T, s *subject) {
	s.run("kept = 1")
	sleep := fmt.Sprintf("sleep 1000.%d", time.Now().UnixNano())
	for _, line := range []string{
		"echo started; " + sleep,
		"trap '' INT TERM HUP; echo started; while :; do " + sleep + "; done",
		sleep + " & (setsid " + sleep + "; :) & echo started; timeout 1000 " + sleep + "; :",
	} {
		begin := time.Now()
		x := s.command(sessions.Command{Shell: line}, time.Second)
		if x.Status != sessions.TimedOut || x.Stdout != "started\n" || x.VariablesLost {
			t.Errorf("%s: %+v", line, x)
		}
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s took %v", line, took)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() {
		s.await("started")
		cancel()
	})
	_, err := s.Execute(ctx, s.id, sessions.Request{Command: &sessions.Command{Shell: "touch started; " + sleep}, Timeout: 20 * time.Second})
	all.Wait()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the canceled command: %v", err)
	}
	x := s.command(sessions.Command{Shell: "cat /proc/[0-9]*/cmdline | tr '\\0' ' '"}, 0)
	if !strings.Contains(x.Stdout, "cat /proc/[0-9]*") || strings.Contains(x.Stdout, sleep) {
		t.Errorf("these processes are left: %.1000q", x.Stdout)
	}
	if got := s.value("kept"); got != "1" {
		t.Errorf("afterwards kept is %s", got)
	}
}
