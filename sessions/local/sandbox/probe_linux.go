package sandbox

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// Probe reports whether this user may make the namespaces that a sandbox
// needs. The error wraps ErrUnsupported and says what mends it.
func Probe() error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args[0] = probeName
	cmd.Env = []string{}
	cmd.SysProcAttr = namespaces()
	if err := cmd.Run(); err == nil {
		return nil
	}
	if os.Geteuid() == 0 {
		return fmt.Errorf("%w: root may not make a mount namespace here. "+
			"In a container, give it CAP_SYS_ADMIN; or run with --isolation=none on a machine that nobody minds losing", ErrUnsupported)
	}
	return fmt.Errorf("%w: this user may not make a user namespace. Allow it with "+
		"'sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000' and, where AppArmor restricts it (Ubuntu 23.10 and later), "+
		"'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'; or run the server as root; or use an Azure pool", ErrUnsupported)
}

// probe tries, in fresh namespaces, the first thing that a sandbox does there.
func probe() int {
	if err := syscall.Mount("", "/", "", syscall.MS_SLAVE|syscall.MS_REC, ""); err != nil {
		return 1
	}
	return 0
}

// namespaces returns the attributes of a process that may mount: in a mount
// namespace of its own, and for an ordinary user in a user namespace in which
// that user is root. gVisor's own --rootless does the same but then refuses to
// restore a snapshot.
func namespaces() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if uid := os.Geteuid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return attr
}
