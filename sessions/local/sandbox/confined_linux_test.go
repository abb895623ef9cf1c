package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/local/sandbox/gofer"
	"dynamic-sessions-mcp/sessions/local/sandbox/landlock"
)

// confinedEnv makes the test binary a process that tries to get out of what confines it.
// Its value is a target.
const confinedEnv = "SANDBOX_TEST_CONFINED"

// A target is what a confined process must not reach, and what it may.
type target struct {
	Victim   int    // a process of the same user
	Secret   string // a file in no folder that is served
	Folder   string // of the secret
	Served   string // a folder that is served
	Data     string // a folder that may be written
	Program  string // that nobody has said may be run
	Port     int    // of TCP, on loopback
	Abstract string // a socket's name
}

// An escape is one thing to try. It returns an error if it is refused.
type escape struct {
	name  string
	since int // the version of Landlock that refuses it
	try   func(target) error
}

func escapes() []escape {
	open := func(path string, flags int) error {
		fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0o600)
		if err == nil {
			unix.Close(fd)
		}
		return err
	}
	of := func(t target, name string) string { return fmt.Sprintf("/proc/%d/%s", t.Victim, name) }
	read := func(path string) error {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.Read(make([]byte, 1))
		if err == io.EOF {
			return nil
		}
		return err
	}
	return []escape{
		{"a file of the user", 1, func(t target) error { return open(t.Secret, unix.O_RDONLY) }},
		{"a file by a link in the data", 1, func(t target) error { return open(t.Data+"/link", unix.O_RDONLY) }},
		{"a file by way of up", 1, func(t target) error { return open(t.Data+"/../outside/secret", unix.O_RDONLY) }},
		{"the accounts", 1, func(target) error { return open("/etc/passwd", unix.O_RDONLY) }},
		{"a list of files", 1, func(t target) error { return open(t.Folder, unix.O_RDONLY|unix.O_DIRECTORY) }},
		{"writing", 1, func(t target) error { return open(t.Secret, unix.O_WRONLY) }},
		{"emptying", 3, func(t target) error { return unix.Truncate(t.Secret, 9) }},
		{"a new file", 1, func(t target) error { return open(t.Folder+"/new", unix.O_CREAT|unix.O_WRONLY) }},
		{"a new folder", 1, func(t target) error { return unix.Mkdir(t.Folder+"/folder", 0o700) }},
		{"a new link", 1, func(t target) error { return unix.Symlink("/", t.Folder+"/link") }},
		{"moving a file into the data", 1, func(t target) error { return unix.Rename(t.Folder+"/other", t.Data+"/other") }},
		{"linking a file into the data", 1, func(t target) error { return unix.Link(t.Secret, t.Data+"/secret") }},
		{"removing", 1, func(t target) error { return unix.Unlink(t.Folder + "/gone") }},
		{"running a program", 1, func(t target) error { return exec.Command(t.Program).Run() }},
		{"tracing", 1, func(t target) error {
			runtime.LockOSThread() // that traces
			defer runtime.UnlockOSThread()
			if err := unix.PtraceAttach(t.Victim); err != nil {
				return err
			}
			if _, err := unix.Wait4(t.Victim, nil, unix.WALL, nil); err != nil {
				return err
			}
			return unix.PtraceDetach(t.Victim)
		}},
		{"the environment of a process", 1, func(t target) error { return read(of(t, "environ")) }},
		{"the memory of a process", 1, func(t target) error { return open(of(t, "mem"), unix.O_RDONLY) }},
		{"the root of a process", 1, func(t target) error { return open(of(t, "root")+t.Secret, unix.O_RDONLY) }},
		{"the files of a process", 1, func(t target) error { return open(of(t, "fd/0"), unix.O_RDONLY) }},
		{"a signal", 6, func(t target) error { return unix.Kill(t.Victim, unix.SIGCONT) }},
		{"connecting over TCP", 4, func(t target) error {
			c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", t.Port), time.Second)
			if err == nil {
				c.Close()
			}
			return err
		}},
		{"listening over TCP", 4, func(target) error {
			// Landlock does not know TCP over several paths, which is Go's usual one. A
			// filter keeps gVisor's processes from any socket.
			var config net.ListenConfig
			config.SetMultipathTCP(false)
			l, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
			if err == nil {
				l.Close()
			}
			return err
		}},
		{"an abstract socket", 6, func(t target) error {
			c, err := net.Dial("unix", t.Abstract)
			if err == nil {
				c.Close()
			}
			return err
		}},
	}
}

// tryToEscape is what the confined process does: it names what was not refused.
func tryToEscape(value string) int {
	var t target
	if err := json.Unmarshal([]byte(value), &t); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var found []string
	for _, e := range escapes() {
		if err := e.try(t); err == nil {
			found = append(found, e.name)
		}
	}
	for name, do := range map[string]func() error{
		"may: reads what is served": func() error { _, err := os.ReadFile(t.Served + "/file"); return err },
		"may: writes the data":      func() error { return os.WriteFile(t.Data+"/own", nil, 0o600) },
		"may: moves within the data": func() error {
			return errors.Join(os.WriteFile(t.Data+"/moved", nil, 0o600), os.Mkdir(t.Data+"/sub", 0o700),
				os.Rename(t.Data+"/moved", t.Data+"/sub/moved"), os.RemoveAll(t.Data+"/sub"))
		},
		"may not: writes what is served": func() error { return os.WriteFile(t.Served+"/file", nil, 0o600) },
	} {
		if do() == nil {
			found = append(found, name)
		}
	}
	_ = json.NewEncoder(os.Stdout).Encode(found)
	return 0
}

// newTarget makes what a confined process tries to reach.
func newTarget(t *testing.T) target {
	t.Helper()
	dir := t.TempDir()
	at := target{
		Folder: filepath.Join(dir, "outside"), Secret: filepath.Join(dir, "outside/secret"), Served: filepath.Join(dir, "served"),
		Data: filepath.Join(dir, "data"), Program: filepath.Join(dir, "program"), Abstract: "@sandbox-test-" + randomName(),
	}
	for _, folder := range []string{at.Folder, at.Served, at.Data} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{at.Secret: "of the host", at.Folder + "/other": "", at.Folder + "/gone": "",
		at.Served + "/file": "", at.Program: "#!/bin/true\n"} {
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(at.Secret, at.Data+"/link"); err != nil {
		t.Fatal(err)
	}
	for _, address := range [][2]string{{"tcp", "127.0.0.1:0"}, {"unix", at.Abstract}} {
		l, err := net.Listen(address[0], address[1])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		if a, ok := l.Addr().(*net.TCPAddr); ok {
			at.Port = a.Port
		}
	}
	at.Victim = startVictim(t)
	return at
}

// startVictim starts a process of the same user that has no more rights than a confined
// one, except that nothing confines it: also root may not trace what has more.
func startVictim(t *testing.T) (pid int) {
	t.Helper()
	policy, err := Unconfined.policyFile(landlock.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	defer policy.Close()
	cmd := exec.Command("/proc/self/exe")
	confineCommand(cmd, 3)
	cmd.ExtraFiles = []*os.File{policy}
	cmd.Env = []string{victimEnv + "=1"}
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	if _, err := io.ReadFull(out, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// victimEnv makes the test binary a process that waits until its input ends.
const victimEnv = "SANDBOX_TEST_VICTIM"

func beVictim() int {
	fmt.Print("up")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// TestConfinement takes the sentry's place, and the gofer's, with nothing of gVisor around:
// what Landlock alone keeps from a process that has been taken over. Without it each
// attempt succeeds, or proves nothing.
func TestConfinement(t *testing.T) {
	version, err := landlock.Version()
	if err != nil {
		t.Skip("this kernel has no Landlock: ", err)
	}
	for _, test := range []struct {
		name   string
		level  Level
		policy func(target) landlock.Policy
		may    []string
	}{
		{"sentry", Landlock, func(target) landlock.Policy { return sentryPolicy() }, nil},
		{"gofer", Landlock, func(at target) landlock.Policy {
			return goferPolicy(gofer.Config{Mounts: []gofer.Mount{{Source: at.Served}, {Source: at.Data, Writable: true}}})
		}, []string{"may: reads what is served", "may: writes the data", "may: moves within the data"}},
		{"nobody", Unconfined, func(target) landlock.Policy { return sentryPolicy() }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			at := newTarget(t)
			found := escapesOf(t, at, test.level, test.policy(at))
			for _, e := range escapes() {
				if free := test.level == Unconfined || e.since > version; found[e.name] != free {
					t.Errorf("%s: got out: %t", e.name, found[e.name])
				}
			}
			if test.level == Unconfined {
				return
			}
			if found["may not: writes what is served"] {
				t.Error("what is served can be written")
			}
			for _, name := range test.may {
				if !found[name] && (version >= 2 || name != "may: moves within the data") {
					t.Errorf("it cannot: %s", name)
				}
			}
		})
	}
}

// escapesOf runs a confined process, and returns what it could do.
func escapesOf(t *testing.T, at target, level Level, policy landlock.Policy) map[string]bool {
	t.Helper()
	policy.Run = append(policy.Run, systemDirs...) // the test may need a C library
	policy.Read = append(policy.Read, os.DevNull)
	file, err := level.policyFile(policy)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	value, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	cmd := exec.Command("/proc/self/exe")
	confineCommand(cmd, 3)
	cmd.ExtraFiles = []*os.File{file}
	cmd.Env = []string{confinedEnv + "=" + string(value)}
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	var names []string
	if err := json.Unmarshal(out, &names); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	found := map[string]bool{}
	for _, name := range names {
		found[name] = true
	}
	return found
}

// TestProcessesAreConfined looks at the processes of a sandbox without namespaces: none has
// a capability, each filters its system calls, and the sentry has no folder open.
func TestProcessesAreConfined(t *testing.T) {
	level, err := FindLevel(OnlyLandlock)
	if err != nil {
		t.Skip(err)
	}
	r := newRuntimeAt(t, level, UserFolders{})
	s, err := r.Start(Spec{Args: []string{"/bin/cat"}, Data: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Kill()
	ask := func() {
		if _, err := s.Stdin().Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(s.Stdout(), make([]byte, 1)); err != nil {
			t.Fatal(err, s.Diagnostics())
		}
	}
	ask()
	tree := sandboxTree(t, s)[1:]
	for _, pid := range tree {
		status := string(fileText(fmt.Sprintf("/proc/%d/status", pid)))
		for _, want := range []string{"CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
			if !strings.Contains(status, want) {
				t.Errorf("process %d lacks %q:\n%s", pid, want, status)
			}
		}
	}
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.sentry.process.Pid))
	if err != nil || len(links) == 0 {
		t.Fatal(links, err)
	}
	for _, link := range links {
		if info, err := os.Stat(link); err == nil && info.IsDir() {
			to, _ := os.Readlink(link)
			t.Errorf("the sentry has the folder %s open", to)
		}
	}
}
