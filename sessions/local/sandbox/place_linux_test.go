package sandbox

import (
	"math"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
)

// files makes a file system of pairs of a name and a content.
func files(pairs ...string) fstest.MapFS {
	system := fstest.MapFS{"proc/self/mountinfo": {Data: []byte("1 0 8:1 / / rw - ext4 x rw\n")}}
	for i := 0; i < len(pairs); i += 2 {
		system[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return system
}

const dockerMounts = "1 0 0:9 / / rw - overlay overlay rw\n2 1 8:1 /docker/containers/ab/hosts /etc/hosts rw - ext4 x rw\n"

func TestReadPlace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		root    fstest.MapFS
		environ string
		want    func(place) bool
	}{
		{"a machine", files(), "", func(p place) bool {
			return p.engine == noEngine && !p.wsl && !p.chroot && p.userNamespaces == unknown && p.pids == unknown
		}},
		{"Docker", files(".dockerenv", "", "proc/self/mountinfo", dockerMounts), "", func(p place) bool { return p.engine == docker }},
		{"a machine made of a container", files(".dockerenv", ""), "", func(p place) bool { return p.engine == noEngine }},
		{"Docker by its cgroup", files("proc/self/cgroup", "4:pids:/docker/ab\n"), "", func(p place) bool { return p.engine == docker }},
		{"Podman", files("run/.containerenv", ""), "", func(p place) bool { return p.engine == podman }},
		{"Podman by its variable", files(), "container=podman", func(p place) bool { return p.engine == podman }},
		{"Kubernetes over Docker", files(".dockerenv", "", "proc/self/mountinfo", dockerMounts), "KUBERNETES_SERVICE_HOST=10.0.0.1", func(p place) bool { return p.engine == kubernetes }},
		{"Kubernetes without its variables", files("var/run/secrets/kubernetes.io/serviceaccount/token", "x"), "", func(p place) bool { return p.engine == kubernetes }},
		{"LXC", files(), "container=lxc", func(p place) bool { return p.engine == lxc }},
		{"nspawn", files(), "container=systemd-nspawn", func(p place) bool { return p.engine == nspawn }},
		{"another", files(), "container=oci", func(p place) bool { return p.engine == otherOne }},
		{"WSL", files("proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2\n"), "", func(p place) bool { return p.wsl }},
		{"a chroot", files("proc/self/mountinfo", "2 1 0:5 / /proc rw - proc proc rw\n"), "", func(p place) bool { return p.chroot }},
		{"a filter", files("proc/self/status", "Name:\tx\nSeccomp:\t2\n"), "", func(p place) bool { return p.filtered }},
		{"no filter", files("proc/self/status", "Name:\tx\nSeccomp:\t0\n"), "", func(p place) bool { return !p.filtered }},
		{"AppArmor", files("proc/self/attr/current", "docker-default (enforce)\n"), "", func(p place) bool { return p.profile == "docker-default" }},
		{"AppArmor, unconfined", files("proc/self/attr/current", "unconfined\n"), "", func(p place) bool { return p.profile == "" }},
		{"AppArmor, an unconfined profile", files("proc/self/attr/current", "vscode (unconfined)"), "", func(p place) bool { return p.profile == "" }},
		{"SELinux", files("proc/self/attr/current", "system_u:system_r:container_t:s0:c1,c2\x00"), "", func(p place) bool { return p.profile == "" }},
		{"limits", files("proc/sys/user/max_user_namespaces", "0\n", "proc/sys/kernel/yama/ptrace_scope", "3\n", "proc/sys/kernel/unprivileged_userns_clone", "0\n", "proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"), "",
			func(p place) bool {
				return p.userNamespaces == 0 && p.ptraceScope == 3 && p.unprivilegedClone == 0 && p.apparmorRestricted == 1
			}},
		{"processes, old cgroups", files("proc/self/cgroup", "8:pids:/docker/ab\n1:name=systemd:/\n", "sys/fs/cgroup/pids/pids.max", "30\n"), "", func(p place) bool { return p.pids == 30 }},
		{"processes, new cgroups", files("proc/self/cgroup", "0::/a\n", "sys/fs/cgroup/a/pids.max", "40\n", "sys/fs/cgroup/pids.max", "50"), "", func(p place) bool { return p.pids == 40 }},
		{"any number of processes", files("proc/self/cgroup", "0::/\n", "sys/fs/cgroup/pids.max", "max\n"), "", func(p place) bool { return p.pids == unknown }},
	} {
		getenv := func(name string) string {
			value, _ := strings.CutPrefix(test.environ, name+"=")
			if value == test.environ {
				return ""
			}
			return value
		}
		if p := readPlace(test.root, getenv); !test.want(p) {
			t.Errorf("%s: %+v", test.name, p)
		}
	}
}

// TestExplain checks that each obstacle has a cause and a remedy that fits the
// place, and that nobody is told to give away more than it takes.
func TestExplain(t *testing.T) {
	t.Parallel()
	machine := place{userNamespaces: 1000, unprivilegedClone: unknown, apparmorRestricted: unknown, ptraceScope: unknown, pids: unknown, files: 1024, processes: math.MaxUint64}
	with := func(change func(*place)) place { p := machine; change(&p); return p }
	in := func(e engine) place { return with(func(p *place) { p.engine, p.filtered = e, true }) }
	confined := with(func(p *place) { p.engine, p.filtered, p.profile = docker, true, "docker-default" })
	pod := with(func(p *place) { p.engine, p.filtered, p.profile = kubernetes, true, "cri-containerd.apparmor.d" })
	userNamespace := &obstacle{step: stepUserNamespace, errno: syscall.EPERM}
	for _, test := range []struct {
		name  string
		place place
		found *obstacle
		want  []string
	}{
		{"Docker", in(docker), userNamespace, []string{"of this Docker container cannot create a user namespace", "operation not permitted", "a seccomp filter", "docker run --security-opt seccomp=unconfined;"}},
		{"Docker with AppArmor", confined, userNamespace, []string{"docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined;"}},
		{"Docker, its root", in(docker), &obstacle{step: stepPivot, errno: syscall.EPERM}, []string{"change its root (pivot_root)", "--security-opt seccomp=unconfined"}},
		{"Podman, a user without capabilities", in(podman), &obstacle{step: stepChroot, errno: syscall.EPERM}, []string{"change its root (chroot)", "podman run --security-opt seccomp=unconfined"}},
		{"Podman", in(podman), userNamespace, []string{"Podman container", "podman run --security-opt seccomp=unconfined"}},
		{"Kubernetes", in(kubernetes), userNamespace, []string{"{seccompProfile: {type: Unconfined}}", "Pod Security"}},
		{"Kubernetes with AppArmor", pod, userNamespace, []string{"appArmorProfile: {type: Unconfined}}"}},
		{"LXC", in(lxc), userNamespace, []string{"security.nesting"}},
		{"nspawn", in(nspawn), userNamespace, []string{"systemd-nspawn"}},
		{"another container", in(otherOne), userNamespace, []string{"of this container", "without its seccomp filter"}},
		{"a unit", with(func(p *place) { p.filtered = true }), userNamespace, []string{"RestrictNamespaces="}},
		{"a chroot", with(func(p *place) { p.chroot = true }), userNamespace, []string{"of this chroot", "no user namespaces in a chroot"}},
		{"a chroot, root", with(func(p *place) { p.chroot, p.root = true, true }), &obstacle{step: stepOwnRoot, errno: syscall.EINVAL}, []string{"root of this chroot", "no user namespaces in a chroot", "podman run --rootfs"}},
		{"a chroot to what was a container", with(func(p *place) { p.chroot, p.engine = true, podman }), userNamespace, []string{"of this chroot", "no user namespaces in a chroot"}},
		{"switched off", with(func(p *place) { p.userNamespaces = 0 }), &obstacle{step: stepUserNamespace, errno: syscall.ENOSPC}, []string{"user.max_user_namespaces is 0", "On this machine, run sudo sysctl -w user.max_user_namespaces="}},
		{"switched off around a container", with(func(p *place) { p.userNamespaces, p.engine = 0, docker }), &obstacle{step: stepNested, errno: syscall.ENOSPC}, []string{"On the machine that runs the container, run sudo sysctl -w"}},
		{"used up", machine, &obstacle{step: stepUserNamespace, errno: syscall.ENOSPC}, []string{"limit of namespaces", "user.max_*_namespaces"}},
		{"Debian's switch", with(func(p *place) { p.unprivilegedClone = 0 }), userNamespace, []string{"sysctl -w kernel.unprivileged_userns_clone=1"}},
		{"Ubuntu's AppArmor", with(func(p *place) { p.apparmorRestricted = 1 }), &obstacle{step: stepOwnRoot, errno: syscall.EACCES}, []string{"AppArmor", "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"}},
		{"Yama", with(func(p *place) { p.ptraceScope = 3 }), &obstacle{step: stepTrace, errno: syscall.EPERM}, []string{"kernel.yama.ptrace_scope is 3", "set kernel.yama.ptrace_scope=1"}},
		{"WSL 1", with(func(p *place) { p.wsl = true }), &obstacle{step: stepUserNamespace, errno: syscall.EINVAL}, []string{"WSL 2"}},
		{"files", with(func(p *place) { p.files = 64 }), &obstacle{step: stepFiles, errno: syscall.EMFILE}, []string{"64 files", "ulimit -n"}},
		{"files in Docker", with(func(p *place) { p.files, p.engine = 64, docker }), &obstacle{step: stepFiles, errno: syscall.EMFILE}, []string{"docker run --ulimit nofile="}},
		{"processes of a user", with(func(p *place) { p.processes = 20 }), &obstacle{step: stepThreads, errno: syscall.EAGAIN}, []string{"may have 20 of them in all (RLIMIT_NPROC)", "ulimit -u"}},
		{"processes of a group", with(func(p *place) { p.processes, p.pids, p.engine = 2000, 20, podman }), &obstacle{step: stepThreads, errno: syscall.EAGAIN}, []string{"20 of them (pids.max)", "podman run --pids-limit"}},
		{"memory", machine, &obstacle{step: stepMemory, errno: syscall.EACCES}, []string{"vm.memfd_noexec=1"}},
		{"Landlock is off", machine, &obstacle{step: stepLandlock, errno: syscall.EOPNOTSUPP}, []string{"cannot confine a process with Landlock", "started without it", "add landlock to lsm=", "--isolation gvisor-unconfined"}},
		{"no Landlock", machine, &obstacle{step: stepLandlock, errno: syscall.ENOSYS}, []string{"does not have it, which Linux does since 5.13. Use a newer kernel", "--isolation gvisor-unconfined"}},
		{"no Landlock in a container", in(docker), &obstacle{step: stepLandlock, errno: syscall.EPERM}, []string{"or a seccomp filter forbids it"}},
		{"Yama for administrators", with(func(p *place) { p.ptraceScope = 2 }), &obstacle{step: stepTrace, errno: syscall.EPERM}, []string{"kernel.yama.ptrace_scope is 2", "sysctl -w kernel.yama.ptrace_scope=1"}},
		{"no /proc", machine, &obstacle{step: stepProc, detail: "stat /proc/self/exe: no such file or directory"}, []string{"mount -t proc proc /proc"}},
		{"no devices", machine, &obstacle{step: stepDevNull, errno: syscall.ENOENT}, []string{"/dev/null", "mount --rbind /dev"}},
		{"no /tmp", machine, &obstacle{step: stepMemoryMount, errno: syscall.ENOENT, detail: "on /tmp: no such file or directory"}, []string{"on /tmp", "Create the missing folder"}},
	} {
		got := test.place.explain(test.found)
		for _, want := range test.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", test.name, got, want)
			}
		}
		if strings.Contains(got, "SYS_ADMIN") || strings.Contains(strings.ReplaceAll(got, "no --privileged", ""), "--privileged") {
			t.Errorf("%s: %q asks for more than it takes", test.name, got)
		}
	}
}

// TestExplainAll says what each level lacks, and once what all do.
func TestExplainAll(t *testing.T) {
	t.Parallel()
	in := place{engine: docker, filtered: true, userNamespaces: 1000, unprivilegedClone: unknown, pids: 20, files: 1024, processes: math.MaxUint64}
	users := &obstacle{step: stepUserNamespace, errno: syscall.EPERM}
	threads := &obstacle{step: stepThreads, errno: syscall.EAGAIN}
	old := &obstacle{step: stepLandlock, errno: syscall.ENOSYS}
	const noUsers, noLandlock, noThreads = "cannot create a user namespace", "cannot confine a process with Landlock", "cannot start enough processes"
	for _, test := range []struct {
		name       string
		found      map[Level]*obstacle
		want, none []string
	}{
		{"neither", map[Level]*obstacle{UserNamespace: users, Landlock: old}, []string{noUsers, "Without namespaces, ", noLandlock}, nil},
		{"no namespaces", map[Level]*obstacle{UserNamespace: users}, []string{noUsers}, []string{"Landlock"}},
		{"no Landlock", map[Level]*obstacle{Landlock: old}, []string{noLandlock}, []string{noUsers, "Without namespaces"}},
		{"neither, since there are few threads", map[Level]*obstacle{UserNamespace: threads, Landlock: threads}, []string{noThreads}, []string{"Without namespaces"}},
		{"root, few threads", map[Level]*obstacle{MountNamespace: threads, UserNamespace: users}, []string{noThreads}, []string{noUsers}},
		{"root", map[Level]*obstacle{MountNamespace: {step: stepPivot, errno: syscall.EPERM}, UserNamespace: users}, []string{noUsers}, []string{"pivot_root"}},
	} {
		got := in.explainAll(test.found)
		for _, want := range append(test.want, "Or use an Azure pool") {
			if strings.Count(got, want) != 1 {
				t.Errorf("%s: %q has %q %d times", test.name, got, want, strings.Count(got, want))
			}
		}
		for _, none := range test.none {
			if strings.Contains(got, none) {
				t.Errorf("%s: %q has %q", test.name, got, none)
			}
		}
	}
}
