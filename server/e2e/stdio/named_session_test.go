package stdio

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// linkedCache returns a cache folder of its own that shares the interpreter with
// the user's.
func linkedCache(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, pattern := range []string{"python-*", "engine-*"} {
		found, err := filepath.Glob(filepath.Join(e2etest.CacheHome(t), "dynamic-sessions-mcp", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range found {
			if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// endWithin is how soon a server ends that writes its session's state first. That
// takes half a second, and seconds on a machine that is busy.
const endWithin = 10 * time.Second

// TestNamedSession ends servers in every way, and a server with the same name
// goes on with what they left.
func TestNamedSession(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("sandboxes need Linux")
	}
	program := e2etest.Program(t)
	cache := linkedCache(t)
	call := func(code string) (*e2etest.Stdio, string) {
		s := e2etest.StartStdio(t, program, "--cache-dir", cache, "--session-name", "a name, with ünicode")
		if said := s.Greet(); !strings.Contains(said, "outlives conversations") {
			t.Errorf("the instructions say nothing of a name: %s", said)
		}
		answer, _ := s.Run(1, code)
		return s, answer
	}
	has := func(what, answer string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(answer, part) {
				t.Errorf("%s: no %q in %s", what, part, answer)
			}
		}
	}
	s, _ := call("v = 'the first'; open('f.txt', 'w').write('a file')")
	if took := s.End(); took > endWithin {
		t.Errorf("ended %v after its input", took)
	}
	s, answer := call("v, open('f.txt').read()")
	has("input closed", answer, "the first", "a file", "continues an earlier conversation", "variables, imports and files are available")
	if took := s.Interrupt(); took > endWithin {
		t.Errorf("ended %v after the signal", took)
	}
	s, answer = call("v, open('f.txt').read()")
	has("interrupted", answer, "the first", "a file")

	for _, after := range []time.Duration{0, 30, 60, 90, 120, 160, 200, 300} {
		s.In.Close()
		<-time.After(after * time.Millisecond)
		s.Kill()
		s, answer = call("print(globals().get('v', 'lost'), open('f.txt').read()); v = 'the next'")
		has("killed", answer, "a file")
		lost := strings.Contains(answer, "lost a file")
		if told := strings.Contains(answer, "earlier variables and imports are gone"); told != lost {
			t.Errorf("killed %d ms after the end of its input: lost is %v, and told is %v: %s", after, lost, told, answer)
		}
		t.Logf("killed %d ms after the end of its input: lost is %v", after, lost)
	}
	s.End()
	// Janitors of the killed ones may still be at work.
	for deadline := time.Now().Add(10 * time.Second); ; <-time.After(20 * time.Millisecond) {
		left, err := os.ReadDir(filepath.Join(cache, "run"))
		if err == nil && len(left) == 1 {
			return // the lock
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: %v, %v", left, err)
		}
	}
}
