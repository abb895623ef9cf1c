package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// saved returns a folder with the state of the counter after one line.
func saved(t testing.TB, r *Runtime) string {
	t.Helper()
	s, err := r.Start(counterSpec(t, "saved"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if got := ask(t, s, "a"); got != "1 a saved host-saved\n" {
		t.Fatalf("the program answered %q", got)
	}
	image := t.TempDir()
	if err := s.Checkpoint(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	return image
}

func TestHostDies(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Start(Spec{Args: []string{"/bin/sh", "-c", "echo up; sleep 1000"}, Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(s.Stdout(), make([]byte, 3)); err != nil {
		t.Fatalf("%v; %s", err, s.Diagnostics())
	}
	tree := sandboxTree(t, s)
	s.host.kill()
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the sandbox has not ended with its host")
	}
	if d := s.Diagnostics(); !strings.Contains(d, errHostDied.Error()) {
		t.Errorf("Diagnostics = %q", d)
	}
	s.Kill()
	waitGone(t, tree)
	if got := shell(t, r, "echo again"); got != "again" {
		t.Errorf("the next sandbox wrote %q", got)
	}
}

// TestHostForgets counts what the host holds on to after sandboxes have ended.
func TestHostForgets(t *testing.T) {
	r := newRuntime(t)
	shell(t, r, "true")
	h, err := r.liveHost()
	if err != nil {
		t.Fatal(err)
	}
	held := func() (files int) {
		links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", h.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range links {
			// gVisor leaves its processes' handles to the garbage collector.
			if target, err := os.Readlink(link); err == nil && target != "anon_inode:[pidfd]" {
				files++
			}
		}
		return files
	}
	before := held()
	for range 4 {
		shell(t, r, "true")
	}
	if after := held(); after > before {
		t.Errorf("the host had %d files open and then %d", before, after)
	}
	if tree := processTree(t, h.cmd.Process.Pid); len(tree) > 1 {
		t.Errorf("the host has %d processes left", len(tree)-1)
	}
	if left, _ := os.ReadDir(filepath.Join(r.dir, "state")); len(left) > 0 {
		t.Errorf("gVisor has left %v", left)
	}
}

// sandboxTree returns the sandbox host with its processes, among which the sentry
// and the gofer must be.
func sandboxTree(t *testing.T, s *Sandbox) []int {
	t.Helper()
	<-s.up
	tree := processTree(t, s.host.cmd.Process.Pid)
	if len(tree) < 3 {
		t.Fatalf("the sandbox host has only the processes %v", tree)
	}
	return tree
}

// waitGone waits until processes that are being killed have ended.
func waitGone(t *testing.T, tree []int) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for _, pid := range tree {
		for alive(pid) {
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatalf("process %d is left", pid)
			}
		}
	}
}

func TestRestoreTogether(t *testing.T) {
	r := newRuntime(t)
	image := saved(t, r)
	began := time.Now()
	var all sync.WaitGroup
	for i := range 10 {
		spec := counterSpec(t, fmt.Sprintf("no.%02d", i))
		all.Go(func() {
			s, err := r.Restore(spec, image)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Kill()
			want := fmt.Sprintf("2 b no.%02d host-no.%02d\n", i, i)
			if got, err := exchange(s, "b"); err != nil || got != want {
				t.Errorf("answered %q, %v, want %q: %s", got, err, want, s.Diagnostics())
			}
		})
	}
	all.Wait()
	t.Logf("ten restores: %v", time.Since(began).Round(time.Millisecond))
}

func TestRestoreOtherLength(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Restore(counterSpec(t, "much-longer"), saved(t, r))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if out, err := io.ReadAll(s.Stdout()); err != nil || len(out) > 0 {
		t.Errorf("the program wrote %q, %v", out, err)
	}
	<-s.Done()
	if d := s.Diagnostics(); !strings.Contains(d, "only be changed to one of the same length") {
		t.Errorf("Diagnostics = %q", d)
	}
}

func TestRestoreNothing(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Restore(counterSpec(t, "saved"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if d := s.Diagnostics(); !strings.Contains(d, "checkpoint.img") {
		t.Errorf("Diagnostics = %q", d)
	}
	s.Kill()
}

func TestBlank(t *testing.T) {
	r := newRuntime(t)
	image := saved(t, r)
	b, err := r.Create(counterSpec(t, "blank"))
	if err != nil {
		t.Fatal(err)
	}
	<-b.sandbox.up
	s, err := b.Restore(image)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if got := ask(t, s, "b"); got != "2 b blank host-blank\n" {
		t.Errorf("the program answered %q", got)
	}
	unused, err := r.Create(counterSpec(t, "unused"))
	if err != nil {
		t.Fatal(err)
	}
	unused.Kill() // at once: its processes are just starting
	if _, err := os.Stat(unused.sandbox.bundle); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the bundle is left: %v", err)
	}
}

func TestClosedRuntime(t *testing.T) {
	r := newRuntime(t)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err := r.Start(counterSpec(t, "late")); err == nil {
		s.Kill()
		t.Error("a closed runtime starts a sandbox")
	}
	if left, _ := filepath.Glob(filepath.Join(r.dir, "bundle-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// BenchmarkRestore is from the call to the first answer of a small program.
func BenchmarkRestore(b *testing.B) {
	for _, ahead := range []bool{false, true} {
		b.Run(fmt.Sprintf("ahead=%v", ahead), func(b *testing.B) {
			r := newRuntime(b)
			image := saved(b, r)
			spec := counterSpec(b, "bench")
			for b.Loop() {
				b.StopTimer()
				var blank *Blank
				if ahead {
					blank = mustCreate(b, r, spec)
					<-blank.sandbox.up
				}
				b.StartTimer()
				if !ahead {
					blank = mustCreate(b, r, spec)
				}
				s, err := blank.Restore(image)
				if err != nil {
					b.Fatal(err)
				}
				ask(b, s, "b")
				b.StopTimer()
				s.Kill()
				b.StartTimer()
			}
		})
	}
}

func mustCreate(b *testing.B, r *Runtime, spec Spec) *Blank {
	b.Helper()
	blank, err := r.Create(spec)
	if err != nil {
		b.Fatal(err)
	}
	return blank
}

// TestApartFromTheTerminal checks that no process of a sandbox is in the
// server's process group or session, whose signals are not meant for it.
func TestApartFromTheTerminal(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Start(Spec{Args: []string{"/bin/sh", "-c", "echo up; sleep 1000"}, Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if _, err := io.ReadFull(s.Stdout(), make([]byte, 3)); err != nil {
		t.Fatalf("%v; %s", err, s.Diagnostics())
	}
	own, err := unix.Getsid(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range sandboxTree(t, s) {
		session, err := unix.Getsid(pid)
		if err != nil {
			continue // it has ended
		}
		group, err := unix.Getpgid(pid)
		if err == nil && (session == own || group == unix.Getpgrp()) {
			t.Errorf("process %d is in the server's session or process group", pid)
		}
	}
}

// TestReason takes what a user can read from gVisor's errors.
func TestReason(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"restoring container: no such file or directory", "restoring container: no such file or directory"},
		{"checkpointing: no space left on device:\ngoroutine 167 [running]:\nstate.safely()\n\t/src/state.go:309\n:\ngoroutine 1", "checkpointing: no space left on device"},
		{strings.Repeat("x", 2*maxReason), strings.Repeat("x", maxReason)},
	} {
		if got := reason(errors.New(c.text)); got != c.want {
			t.Errorf("%.80q: got %.80q", c.text, got)
		}
	}
}
