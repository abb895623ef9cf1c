package sandbox

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// probeEnv makes the test binary a process that probes under a limit, which its
// value names.
const probeEnv = "SANDBOX_TEST_PROBE"

// probeForTest prints what FindLevel says under a limit.
func probeForTest(limit string) int {
	var err error
	switch limit {
	case "files":
		err = unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 64, Max: 64})
	case "processes":
		err = limitThreads(4)
	case "namespaces":
		err = os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "setting the limit:", err)
		return 1
	}
	if _, err := FindLevel(NeedNamespaces); err != nil {
		if !errors.Is(err, errUnsupported) {
			fmt.Println("an unknown kind of error")
		}
		fmt.Println(err)
		return 0
	}
	fmt.Println("sandboxes work")
	return 0
}

// limitThreads lets this user have that many threads more than it has now. What this
// process itself may still need it starts before, since a Go program dies when it
// cannot start a thread.
func limitThreads(more uint64) error {
	var started sync.WaitGroup
	release := make(chan struct{})
	for range 12 {
		started.Add(1)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			started.Done()
			<-release
		}()
	}
	started.Wait()
	close(release)
	n, err := threadsOfUser()
	if err != nil {
		return err
	}
	return unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: n + more, Max: n + more})
}

// threadsOfUser counts the threads of all processes of this user.
func threadsOfUser() (uint64, error) {
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	var n uint64
	for _, process := range processes {
		var st unix.Stat_t
		if unix.Stat(process, &st) != nil || int(st.Uid) != os.Geteuid() {
			continue
		}
		threads, err := os.ReadDir(process + "/task")
		if err != nil {
			continue // it has just ended
		}
		n += uint64(len(threads))
	}
	return n, nil
}

// TestProbeNames checks that what keeps sandboxes from being started is named.
func TestProbeNames(t *testing.T) {
	root := os.Geteuid() == 0
	ordinary := &syscall.SysProcAttr{}
	if root {
		ordinary.Credential = &syscall.Credential{Uid: someUser, Gid: someUser}
	}
	dir := trialFolder(t, 0)
	for _, test := range []struct {
		limit string
		attr  *syscall.SysProcAttr
		want  []string
	}{
		{"nothing", nil, []string{"sandboxes work"}},
		{"nothing", ordinary, []string{"sandboxes work"}},
		{"files", nil, []string{"cannot open enough files", "64 files"}},
		{"files", ordinary, []string{"cannot open enough files", "64 files"}},
		{"processes", ordinary, []string{"enough processes and threads", "RLIMIT_NPROC"}},
		{"namespaces", UserNamespace.attributes(), []string{"user.max_user_namespaces is 0", "sudo sysctl -w user.max_user_namespaces="}},
	} {
		cmd := exec.Command(dir + "/test")
		cmd.Env = []string{probeEnv + "=" + test.limit}
		cmd.Dir = "/"
		cmd.SysProcAttr = test.attr
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v %s", test.limit, err, out)
		}
		for _, want := range test.want {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: %q lacks %q", test.limit, out, want)
			}
		}
	}
}

// A probe lives through the end of threads of this process, which end when a runtime
// is closed: one of them may have been the thread that started the probe.
func TestProbeOutlivesThreads(t *testing.T) {
	stop := make(chan struct{})
	var ending sync.WaitGroup
	for range 4 {
		ending.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					newThread().close()
				}
			}
		})
	}
	for range 20 {
		if _, err := FindLevel(Strongest); err != nil {
			t.Error(err)
			break
		}
	}
	close(stop)
	ending.Wait()
}
