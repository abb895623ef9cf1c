//go:build unix

package cachedir

import (
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// noFollow makes opening a link an error.
const noFollow = syscall.O_NOFOLLOW

func uid(info fs.FileInfo) (int, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// mine reports what belongs to the user who runs this.
func mine(info fs.FileInfo) bool {
	id, ok := uid(info)
	return ok && id == os.Geteuid()
}

// systems reports what belongs to root, or to nobody that this user namespace
// knows: there root of the machine, whose folders are above all others, has no
// number.
func systems(info fs.FileInfo) bool {
	id, ok := uid(info)
	return ok && (id == 0 || unmapped(id))
}

func othersMayWrite(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }

// writable reports whether the user may make files in a folder.
func writable(dir string) error {
	if err := unix.Access(dir, unix.W_OK|unix.X_OK); err != nil {
		return &fs.PathError{Op: "access", Path: dir, Err: err}
	}
	return nil
}

// owner names the owner of a file.
func owner(info fs.FileInfo) string {
	id, ok := uid(info)
	if !ok {
		return "another user"
	}
	text := strconv.Itoa(id)
	if u, err := user.LookupId(text); err == nil {
		return u.Username
	}
	return "user " + text
}
