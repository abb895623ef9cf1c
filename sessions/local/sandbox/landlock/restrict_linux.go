package landlock

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// The system calls, which have the same numbers on all processors.
const (
	sysCreateRuleset = 444
	sysAddRule       = 445
	sysRestrictSelf  = 446
)

const (
	createVersion   = 1 // flag of sysCreateRuleset: return the version
	rulePathBeneath = 1

	oPath            = 0x200000
	prSetNoNewPrivs  = 38
	capabilityHeader = 0x20080522 // the version of the structures
)

// Version returns the version of Landlock that the kernel has and this process may use.
// The error is a [syscall.Errno]: ENOSYS if the kernel is older than 5.13 or was built
// without, EOPNOTSUPP if it was started without, and what a seccomp filter says if one
// is in the way, which may be ENOSYS too.
func Version() (int, error) {
	version, _, errno := syscall.Syscall(sysCreateRuleset, 0, 0, createVersion)
	if errno != 0 {
		return 0, errno
	}
	return int(version), nil
}

// Exec confines the process and replaces it by a program. It returns only if that fails.
// The calling thread is confined then, and of no use any more: the process should end.
//
// The kernel confines threads and not processes. Were all threads of a process confined
// one by one, each had walls of its own, and none could trace what another has started.
// A program that is run has one thread, which passes its walls on.
func (p Policy) Exec(program string, args, env []string) error {
	runtime.LockOSThread()
	if err := p.restrict(); err != nil {
		return err
	}
	return fmt.Errorf("running %s: %w", program, syscall.Exec(program, args, env))
}

func (p Policy) restrict() error {
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("giving up new privileges: %w", errno)
	}
	if err := dropCapabilities(); err != nil {
		return fmt.Errorf("giving up capabilities: %w", err)
	}
	if p.Off {
		return nil
	}
	version, err := Version()
	if err != nil {
		return fmt.Errorf("asking for Landlock: %w", err)
	}
	rules := knownTo(version)
	fd, _, errno := syscall.Syscall(sysCreateRuleset, uintptr(unsafe.Pointer(&rules)), rules.size(version), 0)
	if errno != 0 {
		return fmt.Errorf("making a set of rules for Landlock: %w", errno)
	}
	defer syscall.Close(int(fd))
	for _, group := range []struct {
		paths  []string
		access uint64
	}{
		{p.Read, accessRead},
		{p.List, accessReadDir},
		{p.Write, accessWrite},
		{p.Run, accessExecute | accessReadFile},
	} {
		for _, path := range group.paths {
			if err := allow(int(fd), path, group.access&rules.files); err != nil {
				return fmt.Errorf("allowing %s: %w", path, err)
			}
		}
	}
	if _, _, errno := syscall.Syscall(sysRestrictSelf, fd, 0, 0); errno != 0 {
		return fmt.Errorf("confining the process with Landlock: %w", errno)
	}
	return nil
}

// size returns how much of a ruleset a version of the kernel's structure has.
func (r *ruleset) size(version int) uintptr {
	switch {
	case version >= 6:
		return unsafe.Sizeof(*r)
	case version >= 4:
		return unsafe.Offsetof(r.scoped)
	default:
		return unsafe.Offsetof(r.net)
	}
}

// allow allows access to what is at a path, with all that is below it. What is not there,
// or out of reach, is left out: it stays so.
func allow(rules int, path string, access uint64) error {
	fd, err := syscall.Open(path, oPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&syscall.S_IFMT != syscall.S_IFDIR {
		access &= accessFile
	}
	rule := pathBeneath(access, int32(fd))
	_, _, errno := syscall.Syscall6(sysAddRule, uintptr(rules), rulePathBeneath, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// pathBeneath returns the kernel's structure of a rule, which is packed: a number of
// eight bytes and one of four.
func pathBeneath(access uint64, fd int32) (rule [12]byte) {
	*(*[8]byte)(rule[:8]) = *(*[8]byte)(unsafe.Pointer(&access))
	*(*[4]byte)(rule[8:]) = *(*[4]byte)(unsafe.Pointer(&fd))
	return rule
}

// dropCapabilities gives up all capabilities, for good: without new privileges a program
// that root runs gets no more than root had.
func dropCapabilities() error {
	header := struct {
		version uint32
		pid     int32
	}{version: capabilityHeader}
	var none [2]struct{ effective, permitted, inheritable uint32 }
	_, _, errno := syscall.RawSyscall(syscall.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&none)), 0)
	runtime.KeepAlive(&none)
	if errno != 0 {
		return os.NewSyscallError("capset", errno)
	}
	return nil
}
