package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Probe returns nil if sandboxes can be started here. Otherwise the error says what
// prevents it and how to change that.
func Probe() error {
	_, err := FindNamespaces()
	return err
}

// FindNamespaces returns the namespaces in which sandboxes can be started here. It
// goes through the start of a sandbox step by step, so that its answer is reliable.
// The error says what prevents a start and how to change that.
func FindNamespaces() (Namespaces, error) {
	var first *obstacle
	for _, n := range candidates() {
		found := n.try()
		if found == nil {
			return n, nil
		}
		if first == nil || n == userNamespace && first.step != stepThreads {
			first = found
		}
	}
	return "", fmt.Errorf("%w: %s", errUnsupported, readPlace(os.DirFS("/"), os.Getenv).explain(first))
}

// An obstacle is the step that failed.
type obstacle struct {
	step   step
	errno  syscall.Errno // 0 if no system call failed
	detail string
}

// probeTime limits the probe: a machine that takes longer has other problems.
const probeTime = 30 * time.Second

// try tries to start a sandbox in namespaces and returns what prevented it.
func (n Namespaces) try() *obstacle {
	if _, err := os.Stat("/proc/self/exe"); err != nil {
		return &obstacle{step: stepProc, detail: err.Error()}
	}
	if f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
		return obstacleOf(stepDevNull, err)
	} else {
		f.Close()
	}
	return runProbe(n.attributes(), n.makeStep(), probeHost)
}

func (n Namespaces) makeStep() step {
	if n == userNamespace {
		return stepUserNamespace
	}
	return stepMountNamespace
}

// runProbe runs a part of the probe in its own process. starting is the step that
// has failed if the process does not start.
func runProbe(attr *syscall.SysProcAttr, starting step, part string) *obstacle {
	// Its parent-death signal is sent when this thread ends, which another goroutine
	// could end that runs on it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out, errs bytes.Buffer
	cmd := exec.Command("/proc/self/exe", part)
	cmd.Args[0] = probeName
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.SysProcAttr = attr
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return obstacleOf(starting, err)
	}
	timer := time.AfterFunc(probeTime, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	if err == nil {
		return nil
	}
	var report probeReport
	if json.Unmarshal(out.Bytes(), &report) == nil && report.Step != "" {
		return &obstacle{step: report.Step, errno: syscall.Errno(report.Errno), detail: report.Detail}
	}
	if outOfThreads(errs.Bytes()) {
		return &obstacle{step: stepThreads, errno: syscall.EAGAIN}
	}
	return &obstacle{step: stepProbe, detail: printable(err.Error() + " " + errs.String())}
}

// outOfThreads reports whether a Go program, with or without cgo, died because it
// could not start more threads.
func outOfThreads(said []byte) bool {
	return bytes.Contains(said, []byte("failed to create new OS thread")) || bytes.Contains(said, []byte("pthread_create failed"))
}

// obstacleOf separates errors of files, descriptors and threads from those of the
// step in which they occurred.
func obstacleOf(s step, err error) *obstacle {
	o := &obstacle{step: s, detail: printable(err.Error())}
	_ = errors.As(err, &o.errno)
	var path *fs.PathError
	switch {
	case o.errno == syscall.EMFILE || o.errno == syscall.ENFILE:
		o.step = stepFiles
	case o.errno == syscall.EAGAIN:
		o.step = stepThreads
	case errors.As(err, &path) && path.Path == os.DevNull:
		o.step = stepDevNull
	}
	return o
}
