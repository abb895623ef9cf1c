package tree

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// makeReadable gives us every right to a folder that may not even be opened,
// and returns the rights that it had. It changes nothing but a folder, whatever
// the name stands for by now.
func (f *Folder) makeReadable(name string) (mode uint32, err error) {
	fd, err := openat(f.fd(), name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return 0, err
	}
	mode = st.Mode & 0o7777
	return mode, unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", fd), mode|0o700)
}
