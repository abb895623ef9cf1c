//go:build windows

package windows

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/windows"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// within is how long a server may take to notice that its client has gone, and to end.
const within = 3 * time.Second

// clientVariable makes a client of the test binary, which is then killed.
const clientVariable = "TEST_CLIENT_OF"

func TestMain(m *testing.M) {
	if program := os.Getenv(clientVariable); program != "" {
		fmt.Fprintln(os.Stderr, beClient(program))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// A server is one that runs code which takes longer than any test.
type server struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *os.File
}

func startBusy(program, endpoint, temp string) (*server, error) {
	s := &server{cmd: exec.Command(program, "serve", "--pool-endpoint", endpoint)}
	s.cmd.Env = append(os.Environ(), "TEMP="+temp, "TMP="+temp)
	s.cmd.Stderr = os.Stderr
	out, outW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outW.Close()
	s.out, s.cmd.Stdout = out, outW
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(out)
	for _, message := range []string{e2etest.Initialize, e2etest.RunPython(1, "6 * 7")} {
		if _, err := io.WriteString(s.in, message+"\n"); err != nil {
			return nil, err
		}
		if answer, err := lines.ReadString('\n'); err != nil || !strings.Contains(answer, `"result"`) {
			return nil, fmt.Errorf("%s: %w", answer, err)
		}
	}
	_, err = io.WriteString(s.in, e2etest.RunPython(2, "import time; time.sleep(45)")+"\n")
	return s, err
}

// ends waits for the end of a process.
func ends(t *testing.T, process windows.Handle) {
	t.Helper()
	began := time.Now()
	if event, err := windows.WaitForSingleObject(process, uint32(within.Milliseconds())); err != nil || event != windows.WAIT_OBJECT_0 {
		t.Errorf("the server still runs after %v: %v, %v", time.Since(began), event, err)
	}
	t.Logf("the server ended after %v", time.Since(began))
}

func handleOf(t *testing.T, pid int) windows.Handle {
	t.Helper()
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = windows.CloseHandle(process) })
	return process
}

// nothingLeft asserts that a server has left no file.
func nothingLeft(t *testing.T, temp string) {
	t.Helper()
	if entries, err := os.ReadDir(temp); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// TestHangUp closes both pipes while code runs, as a client does that ends.
func TestHangUp(t *testing.T) {
	temp := t.TempDir()
	s, err := startBusy(setting(t, "PROGRAM"), setting(t, "ENDPOINT"), temp)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() })
	process := handleOf(t, s.cmd.Process.Pid)
	s.in.Close()
	s.out.Close()
	ends(t, process)
	nothingLeft(t, temp)
}

// TestEndOfInput closes the input of an idle server.
func TestEndOfInput(t *testing.T) {
	s := e2etest.StartStdio(t, setting(t, "PROGRAM"), "--pool-endpoint", setting(t, "ENDPOINT"))
	s.Greet()
	if took := s.End(); took > within {
		t.Errorf("it ended after %v", took)
	}
}

// TestClientIsKilled kills the client while code runs.
func TestClientIsKilled(t *testing.T) {
	temp := t.TempDir()
	client := exec.Command(os.Args[0])
	client.Env = append(os.Environ(), clientVariable+"="+setting(t, "PROGRAM"), "ENDPOINT="+setting(t, "ENDPOINT"), "TEMP="+temp, "TMP="+temp)
	client.Stderr = os.Stderr
	out, err := client.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	_, err = fmt.Fscan(out, &pid)
	if err != nil {
		t.Fatal(err)
	}
	process := handleOf(t, pid)
	if err := client.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = client.Wait()
	ends(t, process)
	nothingLeft(t, temp)
}

// beClient starts a server, prints its process ID and waits to be killed.
func beClient(program string) error {
	s, err := startBusy(program, os.Getenv("ENDPOINT"), os.Getenv("TEMP"))
	if err != nil {
		return err
	}
	fmt.Println(s.cmd.Process.Pid)
	return s.cmd.Wait()
}
