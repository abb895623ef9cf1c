//go:build unix

package stdio

import (
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// hangUp returns a channel that is closed when nobody can read what is written
// to out any more, as far as the system tells. Its goroutine ends soon after
// stop is closed.
func hangUp(out io.Writer, stop <-chan struct{}) <-chan struct{} {
	gone := make(chan struct{})
	file, ok := out.(*os.File)
	if !ok {
		return gone
	}
	fd := int32(file.Fd())
	go func() {
		look := time.NewTicker(100 * time.Millisecond)
		defer look.Stop()
		for {
			poll := []unix.PollFd{{Fd: fd}}
			if n, _ := unix.Poll(poll, 0); n > 0 && poll[0].Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 {
				close(gone)
				return
			}
			select {
			case <-look.C:
			case <-stop:
				return
			}
		}
	}()
	return gone
}
