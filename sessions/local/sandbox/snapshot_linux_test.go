package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
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
	return Spec{Args: counter, Env: []string{"PATH=/usr/bin:/bin"}, Hostname: "box-" + name, Data: dir}
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
	if got := ask(t, s, "a"); got != "1 a first box-first\n" {
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
		want := fmt.Sprintf("2 b %s box-%s\n", name, name)
		if got := ask(t, restored, "b"); got != want {
			t.Errorf("the restored program answered %q, want %q", got, want)
		}
		t.Logf("restore: %v", time.Since(began))
	}
}
