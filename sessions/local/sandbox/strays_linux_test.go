package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// straysEnv makes the test binary a process that was given descriptors, and inherits
// others, as a process of gVisor may.
const straysEnv = "SANDBOX_TEST_STRAYS"

// straysForTest prints which descriptors from 3 on, besides its own, are open after
// closeStrays.
func straysForTest() int {
	for _, to := range []int{40, 256} {
		if err := unix.Dup2(0, to); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	own, err := os.Open(os.DevNull)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	closeStrays([]string{"runsc-sandbox", "--log=/proc/self/fd/257", "--log-fd=4", "boot", "--io-fds=3,5", "--total-memory=300", "--dev-io-fd=-1", "--pass-fd=6:0"})
	for fd := 3; fd < 300; fd++ {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			fmt.Print(fd, " ")
		}
	}
	if _, err := own.Stat(); err != nil {
		fmt.Print(err)
	}
	return 0
}

// TestStrays checks that a process of gVisor keeps the descriptors that it was given and
// its own, and no others.
func TestStrays(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), straysEnv+"=1")
	for range 5 {
		cmd.ExtraFiles = append(cmd.ExtraFiles, os.Stderr)
	}
	out, err := cmd.CombinedOutput()
	if got := strings.TrimSpace(string(out)); err != nil || got != "3 4 5 6" {
		t.Errorf("%v: left are %q, want 3 4 5 6", err, got)
	}
	if got := lastGiven([]string{"runsc", "--root=/x", "wait"}); got != -1 {
		t.Errorf("without any: %d", got)
	}
}
