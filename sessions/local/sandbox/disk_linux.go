package sandbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Unlinked looks at the files on a device that the sandbox holds open and that have
// no name any more. It returns the space that they take, how many take some, and
// how many take none yet.
func (s *Sandbox) Unlinked(device uint64) (size int64, files, empty int, err error) {
	p, err := s.findSentry()
	if err != nil {
		return 0, 0, 0, err
	}
	return p.unlinked(device, s.owns)
}

// Written returns how many bytes the sandbox has written to files and pipes so
// far. What a program writes to a file that it has mapped is not in it.
func (s *Sandbox) Written() (int64, error) {
	p, err := s.findSentry()
	if err != nil {
		return 0, err
	}
	return p.written()
}

// owns reports whether a file that the sentry has open at a path of /proc is the session's.
// Those of the user are not, also if the user has deleted them.
func (s *Sandbox) owns(path string) bool {
	if s.runtime.level.Namespaced() {
		return !isReadOnly(path)
	}
	target, err := os.Readlink(path)
	if err != nil {
		return false
	}
	_, inside := below(target, s.data)
	return inside
}

// unlinked looks at what the sentry has open: it opens the host's files itself, or gets
// them from its gofer.
func (p *sentry) unlinked(device uint64, own func(path string) bool) (size int64, files, empty int, err error) {
	dir := fmt.Sprintf("/proc/%d/fd", p.process.Pid)
	d, err := os.Open(dir)
	if err != nil {
		return 0, 0, 0, err
	}
	defer d.Close()
	seen := map[uint64]bool{}
	for {
		names, err := d.Readdirnames(256)
		for _, name := range names {
			var st syscall.Stat_t
			path := filepath.Join(dir, name)
			if syscall.Stat(path, &st) != nil {
				continue
			}
			if st.Nlink > 0 || uint64(st.Dev) != device || st.Mode&syscall.S_IFMT != syscall.S_IFREG || seen[st.Ino] || !own(path) {
				continue
			}
			seen[st.Ino] = true
			if st.Blocks == 0 {
				empty++
				continue
			}
			size += st.Blocks * 512
			files++
		}
		if err != nil {
			return size, files, empty, nil
		}
	}
}

// isReadOnly reports whether what is open was reached through a mount that is
// read-only, as the user's folders are: what the user deletes there is not the
// session's.
func isReadOnly(path string) bool {
	var st syscall.Statfs_t
	return syscall.Statfs(path, &st) == nil && st.Flags&unix.ST_RDONLY != 0
}

// written returns what the sentry has written, and its gofer, by way of which it writes
// what it has no descriptor of.
func (p *sentry) written() (int64, error) {
	own, err := writtenBy(p.process.Pid)
	if err != nil {
		return 0, err
	}
	gofers, err := writtenBy(p.goferPID)
	if err != nil {
		return own, nil // it has ended
	}
	return own + gofers, nil
}

func writtenBy(pid int) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/io", pid))
	if err != nil {
		return 0, err
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		if n, ok := bytes.CutPrefix(lines.Bytes(), []byte("wchar: ")); ok {
			return strconv.ParseInt(string(n), 10, 64)
		}
	}
	return 0, errors.ErrUnsupported
}
