package containertest

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// launcher is what a process is called that gives up its rights and runs a program.
const launcher = "container-like"

// A Container says how to run a program.
type Container struct {
	// User is who runs it. 0 is root of the container, and only root can become another.
	User int
	// NoLandlock refuses Landlock as well, as a kernel without it does.
	NoLandlock bool
}

// Command returns a command that runs a program, by its path, in a container. The test
// binary must call [Reexec] first in its TestMain.
func (c Container) Command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", append([]string{strconv.Itoa(c.User), strconv.FormatBool(c.NoLandlock), program}, args...)...)
	cmd.Args[0] = launcher
	return cmd
}

// Reexec does the work of a process that [Container.Command] has started, which becomes the
// program. In any other process it returns at once.
func Reexec() {
	if os.Args[0] != launcher || len(os.Args) < 4 {
		return
	}
	fmt.Fprintln(os.Stderr, "giving up rights:", become(os.Args[1], os.Args[2] == "true", os.Args[3:]))
	os.Exit(1)
}

// become returns only if it fails.
func become(user string, noLandlock bool, args []string) error {
	runtime.LockOSThread()
	id, err := strconv.Atoi(user)
	if err != nil {
		return err
	}
	for c := range uintptr(unix.CAP_LAST_CAP + 1) {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && os.Geteuid() == 0 {
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	if os.Geteuid() == 0 {
		if err := unix.Setgroups(nil); err != nil {
			return err
		}
		if err := unix.Setresgid(id, id, id); err != nil {
			return err
		}
		if err := unix.Setresuid(id, id, id); err != nil {
			return err
		}
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := install(filter(noLandlock)); err != nil {
		return fmt.Errorf("filtering system calls: %w", err)
	}
	return syscall.Exec(args[0], args, os.Environ())
}

const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET

// filter is like the default one of Docker, for what matters here.
func filter(noLandlock bool) []unix.SockFilter {
	const (
		number = 0  // offset of the number of the call in struct seccomp_data
		flags  = 16 // of the lower half of its first argument
	)
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	end := func(action uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: action}
	}
	refuse := func(errno unix.Errno) unix.SockFilter { return end(unix.SECCOMP_RET_ERRNO | uint32(errno)) }
	f := []unix.SockFilter{load(number)}
	call := func(number uint32, errno unix.Errno) {
		f = append(f, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: number, Jf: 1}, refuse(errno))
	}
	for _, n := range []uint32{
		unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
		unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_FSOPEN, unix.SYS_FSMOUNT, unix.SYS_FSCONFIG, unix.SYS_FSPICK,
		unix.SYS_MOUNT_SETATTR, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_KEYCTL,
	} {
		call(n, unix.EPERM)
	}
	call(unix.SYS_CLONE3, unix.ENOSYS) // its flags are out of reach; programs use clone then
	if noLandlock {
		call(unix.SYS_LANDLOCK_CREATE_RULESET, unix.ENOSYS)
	}
	return append(f,
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_CLONE, Jf: 3},
		load(flags),
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: namespaceFlags, Jf: 1},
		refuse(unix.EPERM),
		end(unix.SECCOMP_RET_ALLOW))
}

func install(filter []unix.SockFilter) error {
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&program)))
	runtime.KeepAlive(filter)
	if errno != 0 {
		return errno
	}
	return nil
}
