//go:build !race

// Package norights runs the built program with the rights that a default container gives:
// no namespaces, no mounts, no capabilities.
package norights

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
	"dynamic-sessions-mcp/sessions/local/sandbox/containertest"
)

func TestMain(m *testing.M) {
	containertest.Reexec()
	os.Exit(m.Run())
}

// run runs a command of the program in a container, and returns what it said.
func run(t *testing.T, in containertest.Container, args ...string) (string, error) {
	t.Helper()
	in.User = os.Geteuid() // whose cache has the interpreter
	cmd := in.Command(e2etest.Program(t), args...)
	cmd.Env = withoutIsolation(os.Environ())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// withoutIsolation leaves out the setting by which other tests are run at each level.
func withoutIsolation(environ []string) (kept []string) {
	for _, variable := range environ {
		if !strings.HasPrefix(variable, "DYNAMIC_SESSIONS_ISOLATION=") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// TestDoctor says what a container allows, and what it lacks.
func TestDoctor(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command(e2etest.Program(t), "setup").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const (
		confined   = "ok    isolation     gVisor, without namespaces, behind Landlock"
		unconfined = "ok    isolation     gVisor, without namespaces and without Landlock"
		works      = "ok    files"
		noUsers    = "cannot create a user namespace (operation not permitted)"
		byName     = "--isolation gvisor-unconfined"
	)
	for _, test := range []struct {
		name   string
		in     containertest.Container
		flags  []string
		says   []string
		silent []string
	}{
		{"container", containertest.Container{}, nil, []string{confined, works}, nil},
		{"container, namespaces", containertest.Container{}, []string{"--isolation=gvisor-namespaces"}, []string{noUsers, "a seccomp filter forbids it"}, []string{works, byName}},
		{"container, by its name", containertest.Container{}, []string{"--isolation=gvisor-landlock"}, []string{confined, works}, nil},
		{"container, whatever there is", containertest.Container{}, []string{"--isolation=gvisor-unconfined"}, []string{confined, works}, nil},
		{"old container", containertest.Container{NoLandlock: true}, nil,
			[]string{noUsers, "Without namespaces", "cannot confine a process with Landlock", "since 5.13", byName}, []string{works}},
		{"old container, Landlock", containertest.Container{NoLandlock: true}, []string{"--isolation=gvisor-landlock"},
			[]string{"cannot confine a process with Landlock", byName}, []string{works, noUsers}},
		{"old container, whatever there is", containertest.Container{NoLandlock: true}, []string{"--isolation=gvisor-unconfined"}, []string{unconfined, works}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			said, err := run(t, test.in, append([]string{"doctor"}, test.flags...)...)
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("the doctor does not say %q", want)
				}
			}
			for _, bad := range test.silent {
				if strings.Contains(said, bad) {
					t.Errorf("the doctor says %q", bad)
				}
			}
			if t.Failed() {
				t.Logf("%v, and it said:\n%s", err, said)
			}
		})
	}
}

// TestDemo plays the demo's conversation, with all its checks.
func TestDemo(t *testing.T) {
	t.Parallel()
	said, err := run(t, containertest.Container{}, "demo", "--out="+t.TempDir())
	if err != nil || !strings.Contains(said, " 0 failed") {
		t.Errorf("%v\n%s", err, said)
	}
}
