// Package wsl starts the built program as serve --engine=wsl, with a command of this test
// in the place of wsl.exe, which unpacks the distribution into a folder and really starts
// the program in it. Package windows does the same with the program of Windows in wine.
package wsl

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A lab is a computer with WSL.
type lab struct {
	dir     string // has wsl.exe and what it keeps; with spaces and umlauts in its path
	cache   string // the user's cache folder
	system  string
	program string // the Linux program, "" for the one that is served
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{dir: filepath.Join(t.TempDir(), "ein Ordner für Häfen")}
	l.cache, l.system = filepath.Join(l.dir, "Größe und Maß"), filepath.Join(l.dir, "system für alle.tar.gz")
	if err := os.MkdirAll(l.cache, 0o700); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", filepath.Join(l.dir, "wsl.exe"), "./command")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := writeSystem(l.system); err != nil {
		t.Fatal(err)
	}
	return l
}

// writeSystem writes the archive of a system with a shell and nothing else.
func writeSystem(path string) error {
	shell, err := os.ReadFile("/bin/sh")
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	err = w.WriteHeader(&tar.Header{Name: "./usr/bin/sh", Mode: 0o755, Size: int64(len(shell))})
	_, err2 := w.Write(shell)
	return errors.Join(err, err2, w.WriteHeader(&tar.Header{Name: "./bin", Typeflag: tar.TypeSymlink, Linkname: "usr/bin"}), w.Close(), z.Close(), f.Close())
}

func (l *lab) command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	args = append([]string{name, "--engine=wsl", "--engine-image=" + l.system}, args...)
	if l.program != "" {
		args = append(args, "--engine-binary="+l.program)
	}
	cmd := exec.Command(e2etest.Program(t), args...)
	cmd.Env = append(os.Environ(), "PATH="+l.dir+":"+os.Getenv("PATH"), "XDG_CACHE_HOME="+l.cache, "POOL_CACHE_HOME="+e2etest.CacheHome(t))
	return cmd
}

func (l *lab) serve(t *testing.T) *e2etest.Agent {
	t.Helper()
	return e2etest.StartAgent(t, l.command(t, "serve", "--warm=0", "--out=none"), "test")
}

// mark makes a file that wsl.exe looks for, and returns what removes it.
func (l *lab) mark(t *testing.T, name, text string) (unmark func()) {
	t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// calls counts those of wsl.exe that have a text.
func (l *lab) calls(t *testing.T, with string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(l.dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), with)
}

// pool is the process of the pool, 0 if there is none.
func (l *lab) pool() int {
	text, _ := os.ReadFile(filepath.Join(l.dir, "pool"))
	pid, _ := strconv.Atoi(string(text))
	return pid
}

func (l *lab) disk(name ...string) string {
	return filepath.Join(append([]string{l.cache, "dynamic-sessions-mcp", "wsl", "disk"}, name...)...)
}

// left are the files of the distribution's folder but its lock.
func (l *lab) left(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(l.disk()))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "lock" {
			names = append(names, entry.Name())
		}
	}
	return names
}

func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for late := time.After(20 * time.Second); ; {
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("the process %d is still there", pid)
		}
	}
}

func want42(t *testing.T, agent *e2etest.Agent) {
	t.Helper()
	if text := agent.Run("print(6 * 7)").Text(); !strings.Contains(text, "42") {
		t.Fatal(text)
	}
}

// TestDemo plays the conversation of the README. The next server finds the distribution,
// and nothing else is left.
func TestDemo(t *testing.T) {
	l := newLab(t)
	out, err := l.command(t, "demo", "--out="+t.TempDir()).CombinedOutput()
	if err != nil || !strings.Contains(string(out), " 0 failed") {
		t.Fatalf("%v\n%s", err, out)
	}
	if pid := l.pool(); pid != 0 {
		awaitEnd(t, pid)
	}
	want42(t, l.serve(t))
	if n := l.calls(t, "--import"); n != 1 {
		t.Errorf("%d imports", n)
	}
	if left := l.left(t); len(left) != 1 || left[0] != "disk" {
		t.Errorf("left: %q", left)
	}
}

// TestKilled kills the server, and what stands for wsl.exe in between: nothing is left of
// either, and the next call says what has happened.
func TestKilled(t *testing.T) {
	l := newLab(t)
	server := &e2etest.Stdio{Process: e2etest.StartCommand(t, l.command(t, "serve", "--warm=0", "--out=none"))}
	agent := server.Agent(t, "test")
	want42(t, agent)
	pool := l.pool()
	relay := parentOf(t, pool)
	if err := syscall.Kill(relay, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, pool)
	text := agent.Run("print(x)").Text()
	if !strings.Contains(text, "NameError") {
		text += agent.Run("print(x)").Text()
	}
	if !strings.Contains(text, "NameError") || !strings.Contains(strings.ToLower(text), "session") {
		t.Errorf("after the end of wsl.exe: %s", text)
	}
	pool = l.pool()
	server.Kill()
	awaitEnd(t, pool)
	if n := l.calls(t, "--import"); n != 1 {
		t.Errorf("%d imports", n)
	}
}

func parentOf(t *testing.T, pid int) (parent int) {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	after := string(stat)[strings.LastIndex(string(stat), ")")+1:]
	if _, err := fmt.Sscanf(after, " %1s %d", new(string), &parent); err != nil {
		t.Fatal(err)
	}
	return parent
}

// TestHangingPool stops the pool, so that it ignores the end of its input: it alone is
// killed, and not that of the other server.
func TestHangingPool(t *testing.T) {
	l := newLab(t)
	other := l.serve(t)
	want42(t, other)
	others := l.pool()
	want42(t, l.serve(t))
	pool := l.pool()
	if pool == others {
		t.Fatal("both have one pool")
	}
	relay := parentOf(t, pool)
	if err := errors.Join(syscall.Kill(pool, syscall.SIGSTOP), syscall.Kill(relay, syscall.SIGKILL)); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, pool) // killed by its variable
	want42(t, other)
	if l.calls(t, "--terminate") != 0 || l.calls(t, "--import") != 1 {
		t.Error("the distribution was terminated, or made again")
	}
}

// TestGone loses the distribution in every way while a server runs: it is made again.
func TestGone(t *testing.T) {
	l := newLab(t)
	agent := l.serve(t)
	want42(t, agent)
	for name, lose := range map[string]func() error{
		"its disk is deleted": func() error { return os.Remove(l.disk("ext4.vhdx")) },
		"unregistered": func() error {
			return exec.Command(filepath.Join(l.dir, "wsl.exe"), "--unregister", "dynamic-sessions-mcp").Run()
		},
		"all of it is deleted": func() error { return os.RemoveAll(l.disk()) },
	} {
		before, pool := l.calls(t, "--import"), l.pool()
		if err := errors.Join(lose(), syscall.Kill(pool, syscall.SIGKILL)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		awaitEnd(t, pool)
		if text := agent.Run("6 * 7").Text(); !strings.Contains(text, "42") {
			want42(t, agent) // the one before may have been told that the pool has ended
		}
		if n := l.calls(t, "--import"); n != before+1 {
			t.Errorf("%s: %d imports", name, n-before)
		}
	}
}

// TestProgress asserts that a client is told what a first call waits for.
func TestProgress(t *testing.T) {
	l := newLab(t)
	l.mark(t, "slow", "")
	server := &e2etest.Stdio{Process: e2etest.StartCommand(t, l.command(t, "serve", "--warm=0", "--out=none"))}
	server.Greet()
	server.Send(strings.Replace(e2etest.RunPython(1, "print(6 * 7)"), `"params":{`, `"params":{"_meta":{"progressToken":1},`, 1))
	var said strings.Builder
	for said.Len() == 0 || !strings.Contains(said.String(), `"id":1`) {
		line, err := server.Out.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		said.WriteString(line)
	}
	for _, want := range []string{"making the distribution of WSL for the sessions, which is done once", "42"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("want %q in\n%s", want, said.String())
		}
	}
}

// TestLeftovers makes a distribution where a server was killed while it made one.
func TestLeftovers(t *testing.T) {
	l := newLab(t)
	if err := os.MkdirAll(l.disk(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.cache, "dynamic-sessions-mcp", ".dynamic-sessions-mcp"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{l.disk("ext4.vhdx"), l.disk("..", "making-1.tar")} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := l.command(t, "setup").CombinedOutput()
	if text := string(out); err != nil || !strings.Contains(text, "making the distribution of WSL for the sessions") || !strings.Contains(text, ", in a Linux that the server starts (--engine)") {
		t.Errorf("%v\n%s", err, text)
	}
	if left := l.left(t); len(left) != 1 || left[0] != "disk" {
		t.Errorf("left: %q", left)
	}
	if content, err := os.ReadFile(l.disk("ext4.vhdx")); err != nil || len(content) > 0 {
		t.Errorf("the old disk: %q, %v", content, err)
	}
}

// TestUpdate starts another version of the program beside one that runs: the distribution
// keeps what was installed in it, and the former goes on.
func TestUpdate(t *testing.T) {
	l := newLab(t)
	old := l.serve(t)
	want42(t, old)
	kept := l.disk("root", "cache", "packages")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l.program = filepath.Join(l.dir, "another program")
	if err := copyWithMore(e2etest.Program(t), l.program); err != nil {
		t.Fatal(err)
	}
	whole := *l
	l.system = filepath.Join(l.dir, "half.tar.gz")
	if err := copyHalf(whole.system, l.system); err != nil {
		t.Fatal(err)
	}
	if text := l.serve(t).Run("1").Text(); !strings.Contains(text, "half.tar.gz: unexpected EOF. Take it from the release") || l.calls(t, "/bin/tar") > 0 {
		t.Errorf("with half a system: %s", text)
	}
	l.system = whole.system
	full := l.mark(t, "full", "")
	agent := l.serve(t)
	if text := agent.Run("1").Text(); !strings.Contains(text, "cannot be brought up to date: the disk is full: free 3 GB") {
		t.Errorf("with a full disk: %s", text)
	}
	full()
	want42(t, agent)
	want42(t, old)
	if _, err := os.Stat(kept); err != nil || l.calls(t, "--import") != 1 {
		t.Errorf("%v, %d imports", err, l.calls(t, "--import"))
	}
	want, err := os.ReadFile(l.program)
	got, err2 := os.ReadFile(l.disk("root", "usr", "bin", "dynamic-sessions-mcp"))
	if err = errors.Join(err, err2); err != nil || string(got) != string(want) {
		t.Errorf("the program was not replaced: %v", err)
	}
}

func copyHalf(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content[:len(content)/2], 0o600)
}

func copyWithMore(from, to string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(program, "another version"...), 0o700)
}

// TestTwoAtOnce starts two servers before there is a distribution.
func TestTwoAtOnce(t *testing.T) {
	l := newLab(t)
	agents := []*e2etest.Agent{l.serve(t), l.serve(t)}
	var asking sync.WaitGroup
	texts := make([]string, len(agents))
	for i, agent := range agents {
		asking.Go(func() { texts[i] = agent.Run("print(6 * 7)").Text() })
	}
	asking.Wait()
	for _, text := range texts {
		if !strings.Contains(text, "42") {
			t.Error(text)
		}
	}
	if n := l.calls(t, "--import"); n != 1 {
		t.Errorf("%d imports", n)
	}
}

// TestFailures: what keeps WSL from working is said to the model with what to do, nothing
// is left of it, and it works when that is done. Texts are UTF-16, as of old versions.
func TestFailures(t *testing.T) {
	l := newLab(t)
	l.mark(t, "old", "")
	agent := l.serve(t)
	for _, test := range []struct{ mark, text, want string }{
		{"fails", "Das Windows-Subsystem für Linux ist nicht installiert: 'wsl.exe --install'", "WSL does not work: it is not installed: run wsl --install --no-distribution as an administrator"},
		{"warns", "https://aka.ms/enablevirtualization", "WSL does not work: virtualization is off"},
		{"fails", "Größe: unbekannt", "WSL does not work: Größe: unbekannt. See what wsl --status says"},
		{"full", "", "the distribution of WSL cannot be made: the disk is full: free 3 GB"},
	} {
		unmark := l.mark(t, test.mark, test.text)
		if text := agent.Run("1").Text(); !strings.Contains(text, test.want) {
			t.Errorf("got %s\nwant %s", text, test.want)
		}
		unmark()
	}
	if left := l.left(t); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	want42(t, agent)
}

// TestDoctor: it says what WSL lacks, or that all is well.
func TestDoctor(t *testing.T) {
	l := newLab(t)
	program := e2etest.Program(t)
	broken := filepath.Join(l.dir, "broken")
	if err := os.WriteFile(broken, []byte("no program"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		mark, program, system string
		want                  []string
	}{
		{"", "", l.system, []string{"ok    engine        WSL answers, and is used", "ok    program       " + program + "\n", "ok    pool", "ok    session", "ok    files"}},
		{"hangs", "", l.system, []string{"FAIL  engine        WSL has not answered within 3s: try again, and if it hangs run wsl --shutdown"}},
		{"", "", filepath.Join(l.dir, "none"), []string{"FAIL  engine        the system for the distribution of WSL: ", "name it with --engine-image"}},
		{"", broken, l.system, []string{"FAIL  program       the Linux program for the sessions is missing or broken"}},
	} {
		unmark := func() {}
		if test.mark != "" {
			unmark = l.mark(t, test.mark, "")
		}
		lab := *l
		lab.system, lab.program = test.system, test.program
		out, err := lab.command(t, "doctor", "--out=none").CombinedOutput()
		for _, want := range test.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%v: want %q in\n%s", err, want, out)
			}
		}
		unmark()
	}
	without := l.command(t, "doctor", "--out=none")
	without.Env = append(without.Env, "PATH=/usr/bin:/bin")
	if out, _ := without.CombinedOutput(); !strings.Contains(string(out), "FAIL  engine        there is no command wsl.exe") {
		t.Errorf("without WSL: %s", out)
	}
}
