package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a server over a fake pool, as a process.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
	log bytes.Buffer
}

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: exec.CommandContext(t.Context(), exe, args...)}
	p.cmd.Env = append(os.Environ(), asServer+"=1", "GORACE=atexit_sleep_ms=0")
	p.cmd.Stderr = &p.log
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *process) send(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(p.in, text); err != nil {
		t.Fatal(err)
	}
}

func (p *process) next(t *testing.T) string {
	t.Helper()
	if !p.out.Scan() {
		t.Fatalf("no answer: %v; %s", p.out.Err(), p.log.String())
	}
	if !json.Valid(p.out.Bytes()) {
		t.Fatalf("%q on standard output", p.out.Text())
	}
	return p.out.Text()
}

// end waits for the process and returns how long that took.
func (p *process) end(t *testing.T) time.Duration {
	t.Helper()
	begin := time.Now()
	for p.out.Scan() {
		if !json.Valid(p.out.Bytes()) {
			t.Errorf("%q on standard output", p.out.Text())
		}
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("%v; %s", err, p.log.String())
	}
	return time.Since(begin)
}

func TestNothingButAnswersOnStandardOutput(t *testing.T) {
	t.Parallel()
	p := startProcess(t)
	p.send(t, hello+runPython(1, "6 * 7"))
	p.next(t)
	if a := p.next(t); !strings.Contains(a, "6 * 7") {
		t.Errorf("got %s", a)
	}
	p.in.Close()
	if took := p.end(t); took > time.Second {
		t.Errorf("ended %v after its input", took)
	}
	for _, said := range []string{"a library says hello", "and once more", "and by its descriptor", "running"} {
		if !strings.Contains(p.log.String(), said) {
			t.Errorf("%q is not on standard error", said)
		}
	}
}

func TestSignalEndsTheProcess(t *testing.T) {
	t.Parallel()
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			p := startProcess(t)
			p.send(t, hello)
			p.next(t)
			p.send(t, runPython(1, "sleep")+`{"jsonrpc":"2.0","id":2,"method":"ping"}`+"\n")
			p.next(t) // the ping: the call before it is under way
			if err := p.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if a := p.next(t); !strings.Contains(a, `"id":1`) {
				t.Errorf("got %s, want an answer to the cancelled call", a)
			}
			if took := p.end(t); took > 2*time.Second {
				t.Errorf("ended %v after the signal", took)
			}
		})
	}
}

func TestClientThatDied(t *testing.T) {
	t.Parallel()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), asServer+"=1", "GORACE=atexit_sleep_ms=0")
	cmd.Stdin = strings.NewReader(hello + runPython(1, "sleep"))
	cmd.Stdout = outW
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	outW.Close()
	if _, err := bufio.NewReader(outR).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	outR.Close()
	begin := time.Now()
	err = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed || time.Since(begin) > 3*time.Second {
		t.Errorf("ended with %v after %v, while code was running for nobody", err, time.Since(begin))
	}
}
