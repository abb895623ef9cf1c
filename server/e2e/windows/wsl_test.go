//go:build windows

package windows

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// wslCommand is one of the program with --engine=wsl, beside a wsl.exe which starts the
// Linux program. All paths have spaces and umlauts.
func wslCommand(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	dir := setting(t, "WSL")
	cmd := exec.Command(setting(t, "PROGRAM"), append([]string{name, "--engine=wsl",
		"--engine-binary=" + filepath.Join(dir, "Linux für alle"), "--engine-image=" + filepath.Join(dir, "System für alle.tar.gz")}, args...)...)
	cmd.Env = append(os.Environ(), "PATH="+dir+";"+os.Getenv("PATH"), "LOCALAPPDATA="+filepath.Join(dir, "lokal für alle"))
	return cmd
}

// pool is the file that is there while a pool runs.
func pool(t *testing.T) string { return filepath.Join(setting(t, "WSL"), "pool") }

func awaitNoPool(t *testing.T) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for late := time.After(20 * time.Second); ; {
		if _, err := os.Stat(pool(t)); os.IsNotExist(err) {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatal("the pool is still there")
		}
	}
}

// TestDemoInWSL plays the conversation of the README over a distribution of WSL.
func TestDemoInWSL(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Größe und Maß")
	out, err := wslCommand(t, "demo", "--out", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), " 0 failed") {
		t.Fatalf("%v\n%s", err, out)
	}
	awaitNoPool(t)
	for _, name := range []string{"sales.png", "sales.xlsx"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKilledInWSL kills wsl.exe, after which the next call says so and starts another, and
// then the server: nothing of the pool is left of either.
func TestKilledInWSL(t *testing.T) {
	server := &e2etest.Stdio{Process: e2etest.StartCommand(t, wslCommand(t, "serve", "--warm=0", "--out=none"))}
	agent := server.Agent(t, "test")
	if text := agent.Run("x = 6 * 7\nprint(x)").Text(); !strings.Contains(text, "42") {
		t.Fatal(text)
	}
	started, err := os.ReadFile(filepath.Join(setting(t, "WSL"), "wsl"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(started))
	if err != nil {
		t.Fatal(err)
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitNoPool(t)
	text := agent.Run("print(x)").Text()
	if !strings.Contains(text, "NameError") {
		text += agent.Run("print(x)").Text()
	}
	if !strings.Contains(text, "NameError") || !strings.Contains(strings.ToLower(text), "session") {
		t.Errorf("after the end of wsl.exe: %s", text)
	}
	if _, err := os.Stat(pool(t)); err != nil {
		t.Error(err)
	}
	server.Kill()
	awaitNoPool(t)
}
