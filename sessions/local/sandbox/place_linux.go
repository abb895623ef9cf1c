package sandbox

import (
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// An engine is what runs the container that this process is in.
type engine string

const (
	noEngine   engine = ""
	docker     engine = "Docker"
	podman     engine = "Podman"
	kubernetes engine = "Kubernetes"
	lxc        engine = "LXC"
	nspawn     engine = "systemd-nspawn"
	otherOne   engine = "a container"
)

// unknown is a setting that the kernel does not have, or that cannot be read.
const unknown = -1

// A place is the environment of this process, as far as it matters for sandboxes.
type place struct {
	engine   engine
	wsl      bool
	chroot   bool
	root     bool
	noProc   bool
	filtered bool   // a seccomp filter is in force
	profile  string // of AppArmor, which confines this process; "" if none does

	userNamespaces     int // user.max_user_namespaces
	unprivilegedClone  int // kernel.unprivileged_userns_clone, Debian's
	apparmorRestricted int // kernel.apparmor_restrict_unprivileged_userns, Ubuntu's
	ptraceScope        int // kernel.yama.ptrace_scope

	files     uint64 // RLIMIT_NOFILE, the hard one
	processes uint64 // RLIMIT_NPROC, which holds for all processes of a user
	pids      int    // the cgroup's pids.max
}

// readPlace looks at the file system root and at the environment.
func readPlace(root fs.FS, getenv func(string) string) place {
	read := func(name string) string {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(data))
	}
	number := func(name string) int {
		n, err := strconv.Atoi(read(name))
		if err != nil {
			return unknown
		}
		return n
	}
	status := read("proc/self/status")
	return place{
		engine:   readEngine(root, read, getenv),
		wsl:      strings.Contains(strings.ToLower(read("proc/sys/kernel/osrelease")), "microsoft"),
		chroot:   isChroot(read("proc/self/mountinfo")),
		root:     os.Geteuid() == 0,
		noProc:   status == "",
		filtered: strings.Contains(status, "\nSeccomp:\t2"),
		profile:  confined(read("proc/self/attr/current")),

		userNamespaces:     number("proc/sys/user/max_user_namespaces"),
		unprivilegedClone:  number("proc/sys/kernel/unprivileged_userns_clone"),
		apparmorRestricted: number("proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
		ptraceScope:        number("proc/sys/kernel/yama/ptrace_scope"),

		files:     hardLimit(unix.RLIMIT_NOFILE),
		processes: hardLimit(unix.RLIMIT_NPROC),
		pids:      readPids(read, number),
	}
}

// readEngine recognizes container engines by the marks that they leave. Kubernetes
// comes first, since it runs containers of the others.
func readEngine(root fs.FS, read, getenv func(string) string) engine {
	exists := func(name string) bool {
		_, err := fs.Stat(root, name)
		return err == nil
	}
	groups := read("proc/self/cgroup")
	// Images that were made from a container, as for WSL, have Docker's file too.
	// Docker's containers also have some files of /etc mounted from outside.
	own := strings.Contains(read("proc/self/mountinfo"), " /etc/hosts ")
	switch mark := getenv("container"); {
	case getenv("KUBERNETES_SERVICE_HOST") != "", exists("var/run/secrets/kubernetes.io"), exists("run/secrets/kubernetes.io"), strings.Contains(groups, "kubepods"):
		return kubernetes
	case exists(".dockerenv") && own, strings.Contains(groups, "/docker"):
		return docker
	case exists("run/.containerenv"), mark == "podman", strings.Contains(groups, "libpod"):
		return podman
	case mark == "lxc", exists("dev/lxd"), exists("dev/incus"), strings.Contains(groups, "/lxc"):
		return lxc
	case mark == "systemd-nspawn":
		return nspawn
	case mark != "" || strings.Contains(groups, "containerd"):
		return otherOne
	}
	return noEngine
}

// isChroot reports that the root is not the root of a mount, by mountinfo, which
// lists the mounts below the root. It does not know a chroot to a mount.
func isChroot(mountinfo string) bool {
	if mountinfo == "" {
		return false
	}
	mounts, err := parseMounts(strings.NewReader(mountinfo))
	if err != nil {
		return false
	}
	for _, m := range mounts {
		if m.point == "/" {
			return false
		}
	}
	return true
}

// confined returns the AppArmor profile that a label names, "" for none.
func confined(label string) string {
	label = strings.Trim(label, "\x00\n ")
	profile, _, ok := strings.Cut(label, " (")
	if !ok || profile == "unconfined" || strings.HasSuffix(label, "(unconfined)") || strings.HasSuffix(label, "(complain)") {
		return ""
	}
	return printable(profile)
}

func hardLimit(resource int) uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(resource, &limit); err != nil {
		return math.MaxUint64
	}
	return limit.Max
}

// readPids returns the number of processes that the cgroup allows. A container
// mostly sees its own cgroup as the root.
func readPids(read func(string) string, number func(string) int) int {
	for line := range strings.Lines(read("proc/self/cgroup")) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		mount := "sys/fs/cgroup"
		switch {
		case fields[1] == "pids":
			mount += "/pids"
		case fields[1] != "":
			continue
		}
		for _, dir := range []string{mount + strings.TrimSuffix(fields[2], "/"), mount} {
			if n := number(dir + "/pids.max"); n != unknown {
				return n
			}
		}
	}
	return unknown
}
