package sandbox

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestScores looks at whom the kernel kills first when memory runs out.
func TestScores(t *testing.T) {
	r := newRuntime(t)
	s := startSleeping(t, r, Limits{})
	defer s.Kill()
	score := func(pid int) int {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/oom_score_adj")
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(strings.TrimSpace(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	host := s.host.cmd.Process.Pid
	tree := processTree(t, host)[1:]
	if len(tree) < 3 {
		t.Errorf("%d processes below the host", len(tree))
	}
	for _, pid := range tree {
		if n := score(pid); n < 900 {
			t.Errorf("a process of the sandbox has the score %d", n)
		}
	}
	if n := score(host); n < 500 || n >= 900 {
		t.Errorf("the host has the score %d", n)
	}
	lowerScore(serverScore) // as NewRuntime did; that it fails is for want of a right
	if n := score(os.Getpid()); n >= score(host) || n != serverScore && n < 0 {
		t.Errorf("the server has the score %d", n)
	}
}

// startSleeping starts a program that waits to be killed, and returns when it runs.
func startSleeping(t *testing.T, r *Runtime, l Limits) *Sandbox {
	t.Helper()
	return startScript(t, r, "echo up; sleep 1000", l)
}

func startScript(t *testing.T, r *Runtime, script string, l Limits) *Sandbox {
	t.Helper()
	s, err := r.Start(Spec{Args: []string{"/bin/bash", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Data: t.TempDir(), Limits: l})
	if err != nil {
		t.Fatal(err)
	}
	up := make([]byte, 3)
	if _, err := s.Stdout().Read(up); err != nil {
		s.Kill()
		t.Fatalf("%v; %s", err, s.Diagnostics())
	}
	<-s.up
	return s
}

// TestGroup has a program that nobody watches take more than its limit, where
// this user can have control groups.
func TestGroup(t *testing.T) {
	r := newRuntime(t)
	if r.groups == nil {
		t.Log("no control groups can be had here; sandboxes are watched only")
		return
	}
	const limit = 128 << 20
	dir := r.groups.dir
	s := startScript(t, r, "echo up; for i in 1 2 3 4 5 6 7 8; do head -c 60m /dev/zero > /tmp/$i; done; sleep 1000", Limits{Memory: limit})
	for _, pid := range processTree(t, s.host.cmd.Process.Pid)[1:] {
		data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cgroup")
		if err == nil && !strings.Contains(string(data), filepath.Base(dir)+"/"+s.id) {
			t.Errorf("process %d is in %s", pid, data)
		}
	}
	select {
	case <-s.Done():
	case <-time.After(time.Minute):
		n, err := s.Memory()
		t.Errorf("it goes on with %d bytes, %v", n, err)
	}
	if got := s.Shortage(); got != OwnShortage {
		t.Errorf("Shortage = %v; %s", got, s.Diagnostics())
	}
	s.Kill()
	if _, err := os.Stat(s.group.dir); !os.IsNotExist(err) {
		t.Errorf("the group is left: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder of the groups is left: %v", err)
	}
}

// TestShortage tells apart how sandboxes end.
func TestShortage(t *testing.T) {
	const killed, fatal, exited = unix.WaitStatus(unix.SIGKILL), unix.WaitStatus(fatalExit << 8), unix.WaitStatus(0)
	for _, c := range []struct {
		name   string
		status unix.WaitStatus
		kills  int64 // of the kernel since the start
		used   int64
		byUs   bool
		want   Shortage
	}{
		{name: "the kernel killed it", status: killed, kills: 1, want: MachineShortage},
		{name: "somebody killed it", status: killed, want: NoShortage},
		{name: "we killed it", status: killed, kills: 1, byUs: true, want: NoShortage},
		{name: "it was refused memory", status: fatal, used: 90, want: OwnShortage},
		{name: "it broke", status: fatal, used: 10, want: NoShortage},
		{name: "it came to its end", status: exited, kills: 1, used: 90, want: NoShortage},
	} {
		s := &Sandbox{limit: 100, kills: kernelKills() - c.kills, killed: c.byUs}
		s.last.Store(c.used)
		s.recordEnd(c.status)
		if got := s.Shortage(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestExitStatus reads how sentries end that are killed from outside.
func TestExitStatus(t *testing.T) {
	r := newRuntime(t)
	s := startSleeping(t, r, Limits{Memory: 256 << 20})
	s.mu.Lock()
	s.kills = kernelKills() - 1 // as if the kernel had
	s.mu.Unlock()
	if err := s.sentry.process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if got := s.Shortage(); got != MachineShortage {
		t.Errorf("Shortage = %v", got)
	}
	s.Kill()
}

// TestSpecifiedMemory reads a limit as a sentry does.
func TestSpecifiedMemory(t *testing.T) {
	dir := t.TempDir()
	if err := writeBundle(dir, "/", nil, Spec{Limits: Limits{Memory: 12345}}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd := strconv.Itoa(int(f.Fd()))
	for _, args := range [][]string{{"boot", "--spec-fd=" + fd}, {"boot", "-spec-fd", fd, "id"}} {
		if got := memoryLimit(args); got != 12345 {
			t.Errorf("%v: %d", args, got)
		}
	}
	if got := memoryLimit([]string{"boot"}); got != 0 {
		t.Errorf("without a specification: %d", got)
	}
}
