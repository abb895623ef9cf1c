package sandbox

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// A Plain is a program that runs without a sandbox, as a process of the user. It may
// do all that the user may do, and limits are not enforced.
type Plain struct {
	cmd    *exec.Cmd
	stdin  *os.File
	stdout *os.File
	stderr tail
	done   chan struct{}
}

// StartPlain starts spec's program in the folder spec.Data, which it sees under
// its own name. Binds, Hostname and Limits do not apply. The caller calls Kill
// in the end.
func StartPlain(spec Spec) (*Plain, error) {
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		inR.Close()
		inW.Close()
		return nil, err
	}
	p := &Plain{stdin: inW, stdout: outR, stderr: tail{max: maxDiagnostics}, done: make(chan struct{})}
	p.cmd = exec.Command(spec.Args[0], spec.Args[1:]...)
	p.cmd.Env = spec.Env
	p.cmd.Dir = spec.Data
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = inR, outW, &p.stderr
	p.cmd.WaitDelay = time.Second
	ownGroup(p.cmd)
	err = p.cmd.Start()
	inR.Close()
	outW.Close()
	if err != nil {
		inW.Close()
		outR.Close()
		return nil, err
	}
	go p.wait()
	return p, nil
}

func (p *Plain) wait() {
	_ = p.cmd.Wait()
	killGroup(p.cmd)
	p.stdin.Close()
	close(p.done)
}

// Stdin is the program's standard input.
func (p *Plain) Stdin() io.WriteCloser { return p.stdin }

// Stdout is the program's standard output.
func (p *Plain) Stdout() io.ReadCloser { return p.stdout }

// Done is closed when the program has ended.
func (p *Plain) Done() <-chan struct{} { return p.done }

// Diagnostics returns the last 64 KiB of what went to standard error.
func (p *Plain) Diagnostics() string { return strings.TrimSpace(p.stderr.String()) }

// Kill ends the program and its process group, and waits for it.
func (p *Plain) Kill() {
	killGroup(p.cmd)
	<-p.done
	p.stdout.Close()
}

// Memory returns an error: the memory of a plain process is not measured.
func (p *Plain) Memory() (int64, error) { return 0, errors.ErrUnsupported }

const maxDiagnostics = 64 << 10
