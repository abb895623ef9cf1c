//go:build unix && !linux

package tree

import "golang.org/x/sys/unix"

// makeReadable gives us every right to a folder that may not even be opened,
// and returns the rights that it had.
func (f *Folder) makeReadable(name string) (mode uint32, err error) {
	var st unix.Stat_t
	if err := unix.Fstatat(f.fd(), name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return 0, err
	}
	mode = uint32(st.Mode) & 0o7777
	return mode, unix.Fchmodat(f.fd(), name, mode|0o700, unix.AT_SYMLINK_NOFOLLOW)
}
