package bench

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

//go:embed worker.py
var workerScript string

//go:embed kernelworker.py
var kernelScript string

// A worker is a process outside of any session that runs code on request. It is for
// one goroutine at a time.
type worker struct {
	*process
	in      io.WriteCloser
	answers *bufio.Scanner
	files   []io.Closer
}

// answerMark begins the answers of a worker.
const answerMark = "\x01"

// startWorker starts the interpreter of the sessions as a plain process. The caller
// closes the worker.
func (b *bench) startWorker() (*worker, error) {
	if b.outside == nil {
		return nil, b.noOutside
	}
	paths, err := json.Marshal(b.outside.paths)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(b.outside.python, "-I", "-B", "-X", "utf8=1", "-c", workerScript, string(paths))
	cmd.Env, cmd.Dir = b.outside.env, b.dir
	return openWorker("the interpreter outside", cmd)
}

// openWorker starts a command that takes requests as worker.py does. What it prints is
// read and dropped.
func openWorker(name string, cmd *exec.Cmd) (*worker, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, answersW, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	w := &worker{in: in, answers: bufio.NewScanner(answers), files: []io.Closer{in, answers}}
	w.answers.Buffer(nil, 1<<20)
	cmd.Stdout, cmd.Stderr = drain{}, answersW
	w.process, err = startProcess(name, cmd)
	if err := errors.Join(err, answersW.Close()); err != nil {
		return nil, errors.Join(err, in.Close(), answers.Close())
	}
	return w, nil
}

// drain takes what a program prints through a pipe, as a reader would.
type drain struct{}

func (drain) Write(p []byte) (int, error) { return len(p), nil }

// run runs code and returns how long that took.
func (w *worker) run(ctx context.Context, code string) (time.Duration, error) {
	request, err := json.Marshal(code)
	if err != nil {
		return 0, err
	}
	// A program that is stuck ends with the measurement.
	defer context.AfterFunc(ctx, w.kill)()
	began := time.Now()
	if _, err := w.in.Write(append(request, '\n')); err != nil {
		return 0, orInterrupted(ctx, w.lost(err))
	}
	for w.answers.Scan() {
		answer, found := strings.CutPrefix(w.answers.Text(), answerMark)
		if !found {
			fmt.Fprintln(w.words, w.answers.Text())
			continue
		}
		took := time.Since(began)
		var failure string
		if err := json.Unmarshal([]byte(answer), &failure); err != nil || failure != "" {
			return 0, errors.Join(err, fmt.Errorf("%s: %s", w.name, failure))
		}
		return took, nil
	}
	return 0, orInterrupted(ctx, w.lost(errors.New("it has ended")))
}

// close ends the worker.
func (w *worker) close() {
	_ = w.in.Close()
	select {
	case <-w.ended:
	case <-time.After(endWithin):
		w.kill()
	}
	for _, file := range w.files {
		_ = file.Close()
	}
}
