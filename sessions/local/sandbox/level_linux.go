package sandbox

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/local/sandbox/landlock"
)

// attributes returns the attributes of the sandbox host. Where sandboxes have
// namespaces, it is a process that may mount: it has its own mount namespace and, if it
// needs one for that, a user namespace in which its user is root. gVisor's own
// --rootless does the same, but then refuses to restore a snapshot.
//
// The user namespace has one user and one group. Files of others appear to belong
// to nobody. Mapping more users would need another program to be installed.
func (l Level) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if l.Namespaced() {
		attr.Cloneflags = syscall.CLONE_NEWNS
	}
	if l == UserNamespace {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}

// confine completes the policy of a process of a sandbox.
func (l Level) confine(p landlock.Policy) landlock.Policy {
	p.Off = l == Unconfined
	return p
}

// candidates returns the levels to try, the best first. Root in a container mostly lacks
// the capabilities for mounting, and may have them in a user namespace.
func (d Demand) candidates() []Level {
	var levels []Level
	if d != OnlyLandlock {
		if os.Geteuid() == 0 && capable(unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETPCAP) {
			levels = append(levels, MountNamespace)
		}
		levels = append(levels, UserNamespace)
	}
	if d != NeedNamespaces {
		levels = append(levels, Landlock)
	}
	if d == AnyLevel {
		levels = append(levels, Unconfined)
	}
	return levels
}

// capable reports whether this process has capabilities.
func capable(capabilities ...int) bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	for _, c := range capabilities {
		if data[c/32].Effective&(1<<(c%32)) == 0 {
			return false
		}
	}
	return true
}
