package server

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// claim returns the streams of the conversation and takes the descriptors 0 and 1
// away from everything else: what a library or a child process prints goes to
// standard error, and nothing else reads a request. Streams that are not the
// process's own are returned as they are.
func claim(std Streams) (io.Reader, io.Writer, error) {
	if std.In != os.Stdin || std.Out != os.Stdout {
		return std.In, std.Out, nil
	}
	in, err := duplicate(os.Stdin)
	if err != nil {
		return nil, nil, err
	}
	out, err := duplicate(os.Stdout)
	if err != nil {
		return nil, nil, err
	}
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	defer nothing.Close()
	if err := unix.Dup3(int(nothing.Fd()), 0, 0); err != nil {
		return nil, nil, fmt.Errorf("claiming standard input: %w", err)
	}
	if err := unix.Dup3(2, 1, 0); err != nil {
		return nil, nil, fmt.Errorf("claiming standard output: %w", err)
	}
	return in, out, nil
}

func duplicate(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, fmt.Errorf("claiming %s, which is closed: %w", f.Name(), err)
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}
