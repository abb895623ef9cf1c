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

	"dynamic-sessions-mcp/sessions/local/sandbox/landlock"
)

// FindLevel returns the strongest level that meets a demand and at which sandboxes can be
// started here. It goes through the start of a sandbox step by step, so that its answer
// is reliable. The error says what prevents a start and how to change that.
func FindLevel(want Demand) (Level, error) {
	found := map[Level]*obstacle{}
	for _, l := range want.candidates() {
		o := l.try()
		if o == nil {
			return l, nil
		}
		found[l] = o
	}
	return "", fmt.Errorf("%w: %s", errUnsupported, readPlace(os.DirFS("/"), os.Getenv).explainAll(found))
}

// An obstacle is the step that failed.
type obstacle struct {
	step   step
	errno  syscall.Errno // 0 if no system call failed
	detail string
}

// probeTime limits the probe: a machine that takes longer has other problems.
const probeTime = 30 * time.Second

// try tries to start a sandbox at a level and returns what prevented it.
func (l Level) try() *obstacle {
	if _, err := os.Stat("/proc/self/exe"); err != nil {
		return &obstacle{step: stepProc, detail: err.Error()}
	}
	if f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
		return obstacleOf(stepDevNull, err)
	} else {
		f.Close()
	}
	switch l {
	case MountNamespace:
		return runProbe(l.attributes(), stepMountNamespace, probeHost)
	case UserNamespace:
		return runProbe(l.attributes(), stepUserNamespace, probeHost)
	case Landlock:
		if _, err := landlock.Version(); err != nil {
			return obstacleOf(stepLandlock, err)
		}
	}
	return l.tryConfined()
}

// tryConfined runs the part of the probe that is confined as the sentry is.
func (l Level) tryConfined() *obstacle {
	p := sentryPolicy()
	p.Run = append(p.Run, systemDirs...) // the C library of a binary with cgo, which runs no sandboxes itself
	policy, err := l.policyFile(p)
	if err != nil {
		return obstacleOf(stepFiles, err)
	}
	defer policy.Close()
	return runProbe(l.attributes(), stepProbe, probeConfined, policy)
}

// runProbe runs a part of the probe in its own process. starting is the step that
// has failed if the process does not start. With a policy it confines itself first.
func runProbe(attr *syscall.SysProcAttr, starting step, part string, policy ...*os.File) *obstacle {
	// Its parent-death signal is sent when this thread ends, which another goroutine
	// could end that runs on it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var out, errs bytes.Buffer
	cmd := exec.Command("/proc/self/exe", part)
	cmd.Args[0] = probeName
	if len(policy) > 0 {
		confineCommand(cmd, 3)
		cmd.ExtraFiles = policy
	}
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
