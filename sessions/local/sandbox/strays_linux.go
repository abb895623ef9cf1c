package sandbox

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// closeStrays closes the descriptors that a process of gVisor has and was not given. The
// host starts several of them at the same time, and gVisor has descriptors open for
// moments without FD_CLOEXEC, as runsc starts one process and ends. A stray one would be
// of another sandbox, and may have a number that gVisor wants for itself: a sentry that
// finds 256 taken does not start.
//
// Descriptors that were given have numbers from 3 on without a gap, and the arguments
// name the last of them. What this process has opened itself has FD_CLOEXEC.
func closeStrays(args []string) {
	last := lastGiven(args)
	if last < 0 {
		return
	}
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return // a process without /proc does not get far either
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		fd, err := strconv.Atoi(name)
		if err != nil || fd <= last {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			_ = unix.Close(fd)
		}
	}
}

// lastGiven returns the highest descriptor that arguments of gVisor name, as in
// --io-fds=5,6 and --pass-fd=23:0; -1 if they name none. Those in paths, as in
// --log=/proc/self/fd/257, are the host's, and of no use here: --log-fd takes their place.
func lastGiven(args []string) int {
	last := -1
	for _, arg := range args {
		flag, value, _ := strings.Cut(arg, "=")
		if !strings.HasSuffix(flag, "-fd") && !strings.HasSuffix(flag, "-fds") {
			continue
		}
		for number := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ':' }) {
			if fd, err := strconv.Atoi(number); err == nil {
				last = max(last, fd)
			}
		}
	}
	return last
}
