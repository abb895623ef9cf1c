package sandbox

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// niceValues returns the distinct nice values of a process group's threads.
func niceValues(t *testing.T, group int) map[int]int {
	t.Helper()
	paths, _ := filepath.Glob("/proc/[0-9]*/task/[0-9]*/stat")
	values := map[int]int{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		fields := strings.Fields(rest)
		var pgrp, nice int
		if _, err := fmt.Sscan(fields[2]+" "+fields[16], &pgrp, &nice); err != nil {
			t.Fatal(err)
		}
		if pgrp == group {
			values[nice]++
		}
	}
	return values
}

// startBash starts a shell in a sandbox and waits until it has written "up". The
// function that it returns reads a line, which must be as given.
func startBash(t *testing.T, script string) (*Sandbox, *sentry, func(want string)) {
	t.Helper()
	s, err := newRuntime(t).Start(Spec{
		Args: []string{"/bin/bash", "-c", script},
		Env:  []string{"PATH=/usr/bin:/bin"},
		Data: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Kill() })
	out := bufio.NewReader(s.Stdout())
	line := func(want string) {
		t.Helper()
		if got, err := out.ReadString('\n'); err != nil || got != want+"\n" {
			t.Fatalf("%q, %v: %s", got, err, s.Diagnostics())
		}
	}
	line("up")
	p, err := s.findSentry()
	if err != nil {
		t.Fatal(err)
	}
	return s, p, line
}

// TestBackground looks at how the host schedules a sandbox.
func TestBackground(t *testing.T) {
	t.Parallel()
	s, p, line := startBash(t, "echo up; read; (read <&3) 3<&0 & (read <&3) 3<&0 & echo more; wait")
	if own, err := unix.Getsid(p.process.Pid); err != nil || own != p.process.Pid {
		t.Errorf("the sentry %d is in the session %d: %v", p.process.Pid, own, err)
	}
	leader, err := p.programLeader()
	if err != nil {
		t.Fatal(err)
	}
	if own, err := unix.Getsid(leader); err != nil || own != leader {
		t.Errorf("the program's leader %d is in the session %d: %v", leader, own, err)
	}
	setBackground(t, s, true)
	if _, err := fmt.Fprintln(s.Stdin(), "go"); err != nil {
		t.Fatal(err)
	}
	line("more") // what is started later is in the background too
	if got := niceValues(t, leader); len(got) != 1 || got[backgroundNice] < 3 {
		t.Errorf("threads by nice value: %v, want all %d", got, backgroundNice)
	}
	if got := niceValues(t, p.process.Pid); got[backgroundNice] > 0 {
		t.Errorf("threads of the sentry by nice value: %v", got)
	}
	wantAutogroup(t, leader, backgroundGroup)
	setBackground(t, s, false)
	wantAutogroup(t, leader, 0)
	if got := niceValues(t, leader); os.Geteuid() == 0 && got[backgroundNice] > 0 {
		t.Errorf("in the foreground, threads by nice value: %v", got)
	}
}

// setBackground insists where the kernel asks to try again.
func setBackground(t *testing.T, s *Sandbox, on bool) {
	t.Helper()
	for {
		err := s.SetBackground(on)
		if err == nil {
			return
		}
		if !errors.Is(err, unix.EAGAIN) {
			t.Fatal(err)
		}
	}
}

func wantAutogroup(t *testing.T, pid, nice int) {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/autogroup", pid))
	if err != nil || len(data) == 0 {
		t.Logf("the host has no autogroups: %v", err)
		return
	}
	if got := string(data); !strings.HasSuffix(got, fmt.Sprintf(" nice %d\n", nice)) {
		t.Errorf("autogroup %q, want nice %d", got, nice)
	}
}
