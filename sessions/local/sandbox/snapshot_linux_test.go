package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// counter is a program with a state: it counts the lines that it reads.
var counter = []string{"/bin/bash", "-c", `n=0; while read -r line; do n=$((n+1)); echo "$n $line $(cat /mnt/data/name) $(hostname)"; done`}

func counterSpec(t testing.TB, name string) Spec {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "name"), []byte(name), 0o600); err != nil {
		t.Fatal(err)
	}
	return Spec{Args: counter, Env: []string{"PATH=/usr/bin:/bin"}, Hostname: "host-" + name, Data: dir}
}

func ask(t testing.TB, s *Sandbox, line string) string {
	t.Helper()
	answer, err := exchange(s, line)
	if err != nil {
		t.Fatalf("%v: %s", err, s.Diagnostics())
	}
	return answer
}

func exchange(s *Sandbox, line string) (string, error) {
	if _, err := io.WriteString(s.Stdin(), line+"\n"); err != nil {
		return "", err
	}
	return bufio.NewReader(s.Stdout()).ReadString('\n')
}

func TestSnapshot(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Start(counterSpec(t, "first"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if got := ask(t, s, "a"); got != "1 a first host-first\n" {
		t.Fatalf("the program answered %q", got)
	}
	image := t.TempDir()
	began := time.Now()
	if err := s.Checkpoint(t.Context(), image); err != nil {
		t.Fatal(err)
	}
	t.Logf("checkpoint: %v", time.Since(began))
	<-s.Done()
	for _, name := range []string{"other", "third", "first"} {
		began := time.Now()
		restored, err := r.Restore(counterSpec(t, name), image)
		if err != nil {
			t.Fatal(err)
		}
		defer restored.Kill()
		want := fmt.Sprintf("2 b %s host-%s\n", name, name)
		if got := ask(t, restored, "b"); got != want {
			t.Errorf("the restored program answered %q, want %q", got, want)
		}
		t.Logf("restore: %v", time.Since(began))
	}
}

// TestSuspend writes the state of a program time and again: it stands still
// until it is resumed, goes on as if nothing had been, and what was written is
// what it was.
func TestSuspend(t *testing.T) {
	r := newRuntime(t)
	s, err := r.Start(counterSpec(t, "first"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	for n := 1; n <= 3; n++ {
		if got, want := ask(t, s, "a"), fmt.Sprintf("%d a first host-first\n", n); got != want {
			t.Fatalf("the program answered %q, want %q", got, want)
		}
		image := t.TempDir()
		if err := s.Suspend(t.Context(), image); err != nil {
			t.Fatal(err)
		}
		restored, err := r.Restore(counterSpec(t, "other"), image)
		if err != nil {
			t.Fatal(err)
		}
		defer restored.Kill()
		if got, want := ask(t, restored, "b"), fmt.Sprintf("%d b other host-other\n", n+1); got != want {
			t.Errorf("the restored program answered %q, want %q", got, want)
		}
		if err := s.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSuspendStops shows that a suspended program does nothing, and that it can
// be killed.
func TestSuspendStops(t *testing.T) {
	r := newRuntime(t)
	spec := counterSpec(t, "first")
	spec.Args = []string{"/bin/bash", "-c", `echo x >> /mnt/data/log; echo on; while true; do echo x >> /mnt/data/log; done`}
	s, err := r.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	if got, err := bufio.NewReader(s.Stdout()).ReadString('\n'); got != "on\n" {
		t.Fatal(got, err)
	}
	if err := s.Suspend(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		info, err := os.Stat(filepath.Join(spec.Data, "log"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	<-time.After(300 * time.Millisecond) // what is tested is that nothing happens
	if after := size(); after != before {
		t.Errorf("a suspended program wrote %d bytes", after-before)
	}
	s.Kill()
}

// TestSuspendOnFullDisk has no room for the state, or for some of it. The
// program goes on as if nothing had been, as often as that is tried.
func TestSuspendOnFullDisk(t *testing.T) {
	var disks []string
	for _, size := range []string{"4k", "64k", "256k"} {
		dir := t.TempDir()
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
			t.Skipf("making a small disk needs the right to mount: %v", err)
		}
		t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
		disks = append(disks, dir)
	}
	r := newRuntime(t) // sees what is mounted by now
	s, err := r.Start(counterSpec(t, "first"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	for i, dir := range disks {
		if err := s.Suspend(t.Context(), filepath.Join(dir, "image")); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("disk %d: %v", i, err)
		}
		if err := s.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := ask(t, s, "a"), fmt.Sprintf("%d a first host-first\n", i+1); got != want {
			t.Fatalf("the program answered %q, want %q", got, want)
		}
	}
}
