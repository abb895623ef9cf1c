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
