//go:build unix

package stdio

import "golang.org/x/sys/unix"

// otherEndClosed reports whether nobody has the other end of a pipe, a socket or a
// terminal.
func otherEndClosed(fd uintptr) bool {
	poll := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(poll, 0)
	return err == nil && n > 0 && poll[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0
}
