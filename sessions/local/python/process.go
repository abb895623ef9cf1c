package python

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"runtime"
	"time"
)

// A process is one run of a Python interpreter by the host.
type process struct {
	path  string
	args  []string
	env   []string
	dir   string
	stdin io.Reader

	// line, if set, is called with each line of output, both streams together.
	line func(string)
}

// run runs p and waits for it. Its process group is killed when ctx ends or this
// program dies. The error is that of ctx, an *exec.ExitError, or one about the start.
func (p process) run(ctx context.Context) error {
	// Linux sends the parent-death signal when the thread ends that started the
	// child, so that thread must not end.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	cmd := exec.CommandContext(ctx, p.path, p.args...)
	cmd.Env = p.env
	cmd.Dir = p.dir
	cmd.Stdin = p.stdin
	output := &lineWriter{line: p.line}
	cmd.Stdout = output
	cmd.Stderr = output
	cmd.WaitDelay = 5 * time.Second // for descendants that hold the output open
	ownGroup(cmd)
	cmd.Cancel = func() error { return killGroup(cmd.Process) }
	err := cmd.Run()
	output.flush()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// output runs p and returns what it printed, at most limit bytes of it.
func (p process) output(ctx context.Context, limit int) (string, error) {
	var text bytes.Buffer
	p.line = func(line string) {
		if text.Len() < limit {
			text.WriteString(line)
			text.WriteByte('\n')
		}
	}
	err := p.run(ctx)
	text.Truncate(min(text.Len(), limit))
	return text.String(), err
}

// exited reports whether err says that a process ran and failed, and not that it
// could not be started.
func exited(err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit)
}

// maxLine limits the lines of a lineWriter; longer ones are split.
const maxLine = 64 << 10

// A lineWriter calls a function for each line that is written to it.
type lineWriter struct {
	line    func(string)
	partial []byte
}

func (w *lineWriter) Write(p []byte) (int, error) {
	if w.line == nil {
		return len(p), nil
	}
	w.partial = append(w.partial, p...)
	for {
		end := bytes.IndexByte(w.partial, '\n')
		if end < 0 {
			break
		}
		w.line(string(bytes.TrimRight(w.partial[:end], "\r")))
		w.partial = w.partial[end+1:]
	}
	if len(w.partial) > maxLine {
		w.flush()
	}
	return len(p), nil
}

func (w *lineWriter) flush() {
	if len(w.partial) > 0 && w.line != nil {
		w.line(string(w.partial))
	}
	w.partial = nil
}
