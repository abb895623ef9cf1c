package sandbox

import (
	"strings"
	"testing"
)

func TestLastLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 400)
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"a message", "some text\n" + `{"msg":"mounting \"/usr\": invalid argument","level":"error","time":"x"}{"msg":"what follows","level":"error"}`, `mounting "/usr": invalid argument`},
		{"a panic", "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.f()\n", "panic: runtime error: index out of range"},
		{"the runtime's end", "noise\nruntime: failed to create new OS thread (have 9 already; errno=11)\nfatal error: newosproc\n", "runtime: failed to create new OS thread (have 9 already; errno=11)"},
		{"warnings", "W1125 18:43:55.368199 1 membarrier.go:48] failed\n", ""},
		{"half a message", `x {"msg":"cut o`, ""},
		{"control characters", "panic: \x1b[31mred\x00\ttab\xff\n", "panic: [31mred tab"},
		{"long", "panic: " + long, "panic: " + strings.Repeat("é", 46) + "…" + strings.Repeat("é", 100)},
	} {
		if got := lastLine(test.text); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestLastWordsAreTold has gVisor refuse a sandbox in a process of its own,
// whose standard error is the null device.
func TestLastWordsAreTold(t *testing.T) {
	t.Parallel()
	r := newRuntime(t)
	s, err := r.Start(Spec{
		Args: []string{"/bin/true"},
		Data: t.TempDir(),
		// The gofer cannot mount a folder on a file.
		Binds: []Bind{{Host: t.TempDir(), Guest: "/etc/passwd/x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	defer s.Kill()
	if d := s.Diagnostics(); !strings.Contains(d, "/etc/passwd") || !strings.Contains(d, "not a directory") || len(d) > 1000 {
		t.Errorf("Diagnostics: %s", d)
	}
}
