package stdio

import (
	"io"
	"os"
	"time"
)

// lookForReader is how often it is looked whether the client is still there.
const lookForReader = 100 * time.Millisecond

// hangUp returns a channel that is closed when nobody can read what is written
// to out any more, as far as the system tells. Its goroutine ends soon after
// stop is closed, or with a write to out that is pending.
func hangUp(out io.Writer, stop <-chan struct{}) <-chan struct{} {
	gone := make(chan struct{})
	file, ok := out.(*os.File)
	if !ok {
		return gone
	}
	go func() {
		look := time.NewTicker(lookForReader)
		defer look.Stop()
		for {
			if readerGone(file) {
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

// readerGone reports whether the system says that nobody reads what is written to a
// file: a pipe whose other end is closed.
func readerGone(out *os.File) bool {
	conn, err := out.SyscallConn()
	if err != nil {
		return false
	}
	gone := false
	err = conn.Control(func(fd uintptr) { gone = otherEndClosed(fd) })
	return err == nil && gone
}
