package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// switches counts how often each thread of a process has waited, or was made to
// wait, since it began.
func switches(t *testing.T, pid int) map[string]int {
	t.Helper()
	counts := map[string]int{}
	paths, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		for line := range strings.Lines(string(data)) {
			if name, value, _ := strings.Cut(line, ":"); strings.HasSuffix(name, "voluntary_ctxt_switches") {
				var n int
				if _, err := fmt.Sscan(value, &n); err != nil {
					t.Fatal(err)
				}
				counts[path] += n
			}
		}
	}
	if len(counts) == 0 {
		t.Fatalf("the process %d has no threads", pid)
	}
	return counts
}

// TestIdleSentryIsQuiet lets a program sleep for three seconds. The sentry would
// wake 7500 times meanwhile if gVisor's measurements were on, which a new
// version of gVisor may begin elsewhere.
func TestIdleSentryIsQuiet(t *testing.T) {
	t.Parallel()
	s, p, line := startBash(t, "echo up; read; /bin/sleep 3; echo slept; read")
	before := switches(t, p.process.Pid)
	if _, err := fmt.Fprintln(s.Stdin(), "go"); err != nil {
		t.Fatal(err)
	}
	line("slept")
	n := 0
	for thread, count := range switches(t, p.process.Pid) {
		n += count - before[thread]
	}
	if t.Logf("the sentry switched %d times", n); n > 2500 {
		t.Error("it is not quiet while its program sleeps")
	}
}
