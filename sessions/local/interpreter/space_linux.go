package interpreter

import (
	"errors"
	"math"
	"strings"
	"syscall"
)

// freeSpace returns how many bytes can be written to the file system of a
// folder. One that does not say is assumed to have enough.
func freeSpace(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	if st.Files > 0 && st.Ffree < minFiles {
		return 0, nil
	}
	if st.Blocks == 0 || st.Bavail > uint64(math.MaxInt64/st.Bsize) {
		return math.MaxInt64 / 2, nil
	}
	return int64(st.Bavail) * st.Bsize, nil
}

// minFiles is how many files must still fit: a checkpoint has three, its copy
// under another host name three more.
const minFiles = 16

// isErrno reports whether an error is, or was before it became text, one of the
// host's.
func isErrno(err error, errno syscall.Errno) bool {
	return errors.Is(err, errno) || strings.Contains(err.Error(), errno.Error())
}
