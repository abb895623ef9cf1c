package sandbox

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"syscall"
)

// explainAll says what prevents sandboxes at every level that would do: namespaces, which
// most places can have, and Landlock.
func (p place) explainAll(found map[Level]*obstacle) string {
	first := found[UserNamespace]
	if strong := found[MountNamespace]; strong != nil && strong.step == stepThreads {
		first = strong
	}
	second := found[Landlock]
	switch {
	case first == nil:
		return p.explain(second)
	case second == nil || second.step == first.step: // it fails whatever the level
		return p.explain(first)
	}
	return p.sentences(first) + ". Without namespaces, " + p.sentences(second) + ". " + elsewhere
}

// explain says what an obstacle means in this place, and what removes it here.
func (p place) explain(o *obstacle) string { return p.sentences(o) + ". " + elsewhere }

const elsewhere = "Or use an Azure pool"

func (p place) sentences(o *obstacle) string {
	why, remedy := p.diagnose(o)
	text := p.who() + " cannot " + string(o.step)
	if o.errno != 0 {
		text += " (" + o.errno.Error() + ")"
	} else if o.detail != "" {
		text += " (" + o.detail + ")"
	}
	if why != "" {
		text += ": " + why
	}
	return text + ". " + remedy
}

func (p place) who() string {
	who := "this user"
	if p.root {
		who = "root"
	}
	switch {
	case p.chroot: // also one of a container's files
		return who + " of this chroot"
	case p.engine == otherOne:
		return who + " of this container"
	case p.engine != noEngine:
		return fmt.Sprintf("%s of this %s container", who, p.engine)
	}
	return who
}

// diagnose returns why a step failed, if that is known, and what to do.
func (p place) diagnose(o *obstacle) (why, remedy string) {
	switch o.step {
	case stepProc:
		return "no proc file system is mounted on /proc", "Mount one: mount -t proc proc /proc"
	case stepDevNull:
		return "it is missing or this user may not open it", "Make the devices available here, for example with mount --rbind /dev DIR/dev outside the chroot"
	case stepFiles:
		return p.fewFiles(), p.moreFiles()
	case stepThreads:
		return p.fewProcesses(), p.moreProcesses()
	case stepLandlock:
		return p.diagnoseLandlock(o)
	case stepTrace:
		if p.ptraceScope == 2 {
			return "kernel.yama.ptrace_scope is 2", p.sysctl("kernel.yama.ptrace_scope=1")
		}
		if p.ptraceScope == 3 {
			return "kernel.yama.ptrace_scope is 3, which cannot change before a reboot", p.onHost() + "set kernel.yama.ptrace_scope=1 in /etc/sysctl.d and reboot"
		}
	case stepUserNamespace, stepMountNamespace, stepNested:
		return p.diagnoseNamespace(o)
	case stepOwnRoot, stepMemoryMount, stepBind, stepMountProc, stepPivot, stepChroot:
		if why, remedy := p.restricted(); why != "" {
			return why, remedy
		}
		if p.chroot {
			return p.inChroot()
		}
		if o.errno == syscall.ENOENT || o.errno == syscall.ENOTDIR {
			return o.detail, "Create the missing folder"
		}
		return p.filter(o), p.loosen()
	case stepMemory:
		return "it may not execute a file in memory, for example because vm.memfd_noexec is 2", p.onHost() + "run sudo sysctl -w vm.memfd_noexec=1"
	}
	return "", p.loosen()
}

// diagnoseLandlock explains why there is no Landlock.
func (p place) diagnoseLandlock(o *obstacle) (why, remedy string) {
	const without = ", or do without it: --isolation gvisor-unconfined"
	if errors.Is(o.errno, syscall.EOPNOTSUPP) {
		return "the kernel was started without it", p.onHost() + "add landlock to lsm= on the kernel's command line and reboot" + without
	}
	why = "the kernel does not have it, which Linux does since 5.13"
	if p.filtered {
		why += ", or a seccomp filter forbids it"
	}
	return why, "Use a newer kernel" + without
}

// diagnoseNamespace explains why namespaces cannot be created.
func (p place) diagnoseNamespace(o *obstacle) (why, remedy string) {
	full := errors.Is(o.errno, syscall.ENOSPC) || errors.Is(o.errno, syscall.EUSERS)
	switch {
	case p.userNamespaces == 0:
		return "user.max_user_namespaces is 0", p.sysctl("user.max_user_namespaces=15000")
	case full:
		return "the kernel's limit of namespaces is reached, or they are nested too deeply", p.onHost() + "raise the limits user.max_*_namespaces with sysctl"
	case p.chroot:
		return p.inChroot()
	case p.unprivilegedClone == 0 && !p.root:
		return "kernel.unprivileged_userns_clone is 0", p.sysctl("kernel.unprivileged_userns_clone=1")
	}
	if why, remedy := p.restricted(); why != "" {
		return why, remedy
	}
	if p.engine == noEngine && !p.filtered && o.errno == syscall.EPERM {
		return p.inChroot() // one that is a mount
	}
	return p.filter(o), p.loosen()
}

// inChroot explains what a chroot lacks: the kernel allows no user namespaces
// there, not even to root.
func (p place) inChroot() (why, remedy string) {
	return "the kernel allows no user namespaces in a chroot",
		"Start the program outside the chroot, or enter the folder in another way, for example with podman run --rootfs DIR"
}

// filter names the seccomp filter, if there is one that may be the reason.
func (p place) filter(o *obstacle) string {
	if p.filtered && o.errno == syscall.EPERM {
		return "a seccomp filter forbids it"
	}
	return ""
}

// restricted explains what AppArmor does.
func (p place) restricted() (why, remedy string) {
	switch {
	case p.engine == noEngine && p.apparmorRestricted == 1 && !p.root:
		return "AppArmor restricts the user namespaces of ordinary users here", p.sysctl("kernel.apparmor_restrict_unprivileged_userns=0")
	case p.profile != "" && p.engine == noEngine:
		return fmt.Sprintf("the AppArmor profile %q confines this program", p.profile), fmt.Sprintf("Allow userns, mount and pivot_root in the profile, or take the program out of it (aa-complain %s)", p.profile)
	}
	return "", ""
}

// loosen says how to start a container, or a program, so that sandboxes work in
// it. None of it grants a right on the host: a sandbox has its own user namespace.
func (p place) loosen() string {
	switch p.engine {
	case docker:
		return "Start the container with docker run --security-opt seccomp=unconfined" + p.withoutProfile() + "; it needs no capabilities and no --privileged"
	case podman:
		return "Start the container with podman run --security-opt seccomp=unconfined" + p.withoutProfile() + "; it needs no capabilities and no --privileged"
	case kubernetes:
		return "Give the container the securityContext {seccompProfile: {type: Unconfined}" + p.withoutPodProfile() + "}; it needs neither root nor capabilities nor privilege escalation. If the Pod Security level of the namespace is baseline or restricted, its administrator must allow that"
	case lxc:
		return "Enable nesting for the container: lxc config set NAME security.nesting true, or lxc.include = /usr/share/lxc/config/nesting.conf"
	case nspawn:
		return "Start the container with systemd-nspawn --system-call-filter='@mount @privileged' --private-users=pick"
	case otherOne:
		return "Have the container engine run the container without its seccomp filter and without AppArmor; it needs no capabilities"
	}
	switch {
	case p.wsl:
		return "Use WSL 2 (wsl --set-version DISTRIBUTION 2), whose kernel supports sandboxes"
	case p.filtered:
		return "Start the program without that filter, for example without RestrictNamespaces= and SystemCallFilter= in its systemd unit"
	case p.root:
		return "Start the program where root has its capabilities, or as an ordinary user"
	}
	return "Run the program as root, or allow user namespaces: sudo sysctl -w user.max_user_namespaces=15000"
}

// withoutProfile is the flag that lifts an AppArmor profile, if one is in force.
func (p place) withoutProfile() string {
	if p.profile == "" {
		return ""
	}
	return " --security-opt apparmor=unconfined"
}

func (p place) withoutPodProfile() string {
	if p.profile == "" {
		return ""
	}
	return ", appArmorProfile: {type: Unconfined}"
}

// sysctl says how to change a setting of the kernel.
func (p place) sysctl(setting string) string {
	return p.onHost() + "run sudo sysctl -w " + setting + " (and put the setting into /etc/sysctl.d to keep it after a reboot)"
}

// onHost begins an instruction about the settings of the kernel.
func (p place) onHost() string {
	if p.engine != noEngine {
		return "On the machine that runs the container, "
	}
	return "On this machine, "
}

func (p place) fewFiles() string {
	if p.files == math.MaxUint64 {
		return fmt.Sprintf("too many files are open on this machine, and a sandbox needs about %d", neededFiles)
	}
	return fmt.Sprintf("it may have %d files open, and a sandbox needs about %d", p.files, neededFiles)
}

func (p place) moreFiles() string {
	switch p.engine {
	case docker, podman:
		return fmt.Sprintf("Start the container with %s run --ulimit nofile=4096", strings.ToLower(string(p.engine)))
	}
	return "Raise the limit: with ulimit -n 4096, LimitNOFILE=4096 in a systemd unit, or in /etc/security/limits.conf"
}

func (p place) fewProcesses() string {
	switch {
	case p.limitedByGroup():
		return fmt.Sprintf("its cgroup allows %d of them (pids.max), and a sandbox needs about %d", p.pids, neededThreads)
	case p.processes != math.MaxUint64:
		return fmt.Sprintf("this user may have %d of them in all (RLIMIT_NPROC), and a sandbox needs about %d", p.processes, neededThreads)
	}
	return fmt.Sprintf("a sandbox needs about %d", neededThreads)
}

// limitedByGroup reports that the cgroup's limit of processes is the lower one.
func (p place) limitedByGroup() bool {
	return p.pids != unknown && (p.processes == math.MaxUint64 || uint64(p.pids) <= p.processes)
}

func (p place) moreProcesses() string {
	switch {
	case (p.engine == docker || p.engine == podman) && p.limitedByGroup():
		return fmt.Sprintf("Start the container with %s run --pids-limit 4096", strings.ToLower(string(p.engine)))
	case p.engine == docker || p.engine == podman:
		return fmt.Sprintf("Start the container with %s run --ulimit nproc=4096", strings.ToLower(string(p.engine)))
	case p.engine == kubernetes:
		return "Raise podPidsLimit in the kubelet's configuration"
	}
	return "Raise the limit: with ulimit -u unlimited, TasksMax= in a systemd unit, or in /etc/security/limits.conf"
}
