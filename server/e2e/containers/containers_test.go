//go:build containers

// Package containers starts the program in containers of Docker and Podman, in a
// chroot, and among mounts as WSL has them; and it has the program start containers
// of these engines for its sandboxes. It needs root; .ci/containers installs the
// engines and runs it.
package containers

import (
	"context"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A containerCase is a place in which the program is started, and what it says
// there.
type containerCase struct {
	name string
	// command returns the command that runs arguments of the program there.
	command func(*containerLab, ...string) *exec.Cmd
	works   bool
	says    []string
	// flags are those of doctor and serve.
	flags []string
}

// insist is for places that do without namespaces otherwise.
var insist = []string{"--isolation=gvisor-namespaces"}

// needless is what nobody is told to give to a container.
var needless = []string{"SYS_ADMIN", "--cap-add", "--isolation=none"}

const (
	unconfinedSeccomp = "--security-opt=seccomp=unconfined"
	userNamespace     = "ok    isolation     gVisor, in a user namespace"
	mountNamespace    = "ok    isolation     gVisor, in a mount namespace"
	landlocked        = "ok    isolation     gVisor, without namespaces, behind Landlock"
)

// locked are the flags of a container without any right: an ordinary user, no
// capabilities, none to come, and nothing to write to.
var locked = []string{"--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"}

// pod is what Kubernetes gives to containers beside, at its level "restricted":
// those flags and its own variables.
var pod = append([]string{"--env=KUBERNETES_SERVICE_HOST=10.0.0.1"}, locked...)

func flags(list []string, more ...string) []string {
	return append(append([]string{}, more...), list...)
}

// containerCases is what works where, and what is said where it does not. Where a
// text names a flag, the case after it has that flag and works.
var containerCases = []containerCase{
	{"Docker", dockerAs(0), true, []string{landlocked}, nil},
	{"Docker, namespaces", dockerAs(0), false,
		[]string{"root of this Docker container cannot create a user namespace (operation not permitted)", "a seccomp filter forbids it",
			"docker run --security-opt seccomp=unconfined; it needs no capabilities and no --privileged"}, insist},
	{"Docker, as it says", dockerAs(0, unconfinedSeccomp), true, []string{userNamespace}, insist},
	{"Docker, as it says where there is AppArmor", dockerAs(0, unconfinedSeccomp, "--security-opt=apparmor=unconfined"), true, []string{userNamespace}, insist},
	{"Docker with CAP_SYS_ADMIN", dockerAs(0, "--cap-add=SYS_ADMIN"), true, []string{landlocked}, nil},
	{"Docker with CAP_SYS_ADMIN, namespaces", dockerAs(0, "--cap-add=SYS_ADMIN"), false,
		[]string{"cannot change its root (pivot_root)", "docker run --security-opt seccomp=unconfined;"}, insist},
	{"Docker with both", dockerAs(0, "--cap-add=SYS_ADMIN", unconfinedSeccomp), true, []string{mountNamespace}, nil},
	{"Docker, a user", dockerAs(1), true, []string{landlocked}, nil},
	{"Docker, root without rights", dockerAs(0, locked...), true, []string{landlocked}, nil},
	{"Docker, a user without rights", dockerAs(1, locked...), true, []string{landlocked}, nil},
	{"Docker, a user without rights, namespaces", dockerAs(1, locked...), false,
		[]string{"this user of this Docker container cannot create a user namespace", "docker run --security-opt seccomp=unconfined;"}, insist},
	{"Docker, a user without rights, as it says", dockerAs(1, flags(locked, unconfinedSeccomp)...), true, []string{userNamespace}, nil},
	{"Docker, Landlock though there are namespaces", dockerAs(0, unconfinedSeccomp), true, []string{landlocked}, []string{"--isolation=gvisor-landlock"}},
	{"Kubernetes", dockerAs(1, pod...), true, []string{landlocked}, nil},
	{"Kubernetes, namespaces", dockerAs(1, pod...), false,
		[]string{"this user of this Kubernetes container cannot create a user namespace", "securityContext {seccompProfile: {type: Unconfined}}", "Pod Security"}, insist},
	{"Kubernetes, as it says", dockerAs(1, flags(pod, unconfinedSeccomp)...), true, []string{userNamespace}, nil},
	{"few processes", dockerAs(0, unconfinedSeccomp, "--pids-limit=30"), false,
		[]string{"cannot start enough processes and threads", "its cgroup allows 30 of them (pids.max)", "docker run --pids-limit 4096."}, nil},
	{"few processes, no namespaces", dockerAs(0, "--pids-limit=30"), false,
		[]string{"cannot start enough processes and threads", "its cgroup allows 30 of them (pids.max)", "docker run --pids-limit 4096."}, nil},
	{"enough processes", dockerAs(0, unconfinedSeccomp, "--pids-limit=4096"), true, []string{userNamespace}, nil},
	{"few processes of a user", dockerAs(1, unconfinedSeccomp, "--ulimit=nproc=30:30"), false,
		[]string{"cannot start enough processes and threads", "this user may have 30 of them in all (RLIMIT_NPROC)", "docker run --ulimit nproc=4096."}, nil},
	{"enough processes of a user", dockerAs(1, unconfinedSeccomp, "--ulimit=nproc=4096:4096"), true, []string{userNamespace}, nil},
	{"few files", dockerAs(0, unconfinedSeccomp, "--ulimit=nofile=128:128"), false,
		[]string{"cannot open enough files", "it may have 128 files open", "docker run --ulimit nofile=4096."}, nil},
	{"enough files", dockerAs(0, unconfinedSeccomp, "--ulimit=nofile=4096:4096"), true, []string{userNamespace}, nil},
	{"a GPU's files, WSL's folders, a disk", dockerWithMounts, true, []string{userNamespace}, nil},
	{"a GPU's files, WSL's folders, a disk, Landlock", dockerWithMounts, true, []string{landlocked}, []string{"--isolation=gvisor-landlock"}},
	{"Podman", podmanAs(0), true, []string{userNamespace}, nil},
	{"Podman, Landlock", podmanAs(0), true, []string{landlocked}, []string{"--isolation=gvisor-landlock"}},
	// Podman's filter lets those make user namespaces, and then forbids chroot in them.
	{"Podman, a user without rights", podmanLocked(), true, []string{landlocked}, nil},
	{"Podman, a user without rights, namespaces", podmanLocked(), false,
		[]string{"this user of this Podman container cannot change its root (chroot)", "a seccomp filter forbids it", "podman run --security-opt seccomp=unconfined;"}, insist},
	{"Podman, a user without rights, as it says", podmanLocked(unconfinedSeccomp), true, []string{userNamespace}, nil},
	{"Podman of an ordinary user", podmanAs(1), true, []string{userNamespace}, nil},
	{"a chroot", chrootAs(0, "/proc", "/dev"), true, []string{landlocked}, nil},
	{"a chroot, namespaces", chrootAs(0, "/proc", "/dev"), false,
		[]string{"root of this chroot cannot create a user namespace", "the kernel allows no user namespaces in a chroot", "podman run --rootfs DIR"}, insist},
	{"a chroot, an ordinary user", chrootAs(1, "/proc", "/dev"), true, []string{landlocked}, nil},
	{"a chroot, an ordinary user, namespaces", chrootAs(1, "/proc", "/dev"), false,
		[]string{"this user of this chroot cannot create a user namespace", "podman run --rootfs DIR"}, insist},
	{"the folder, as it says", podmanRootfs, true, []string{userNamespace}, nil},
	{"a chroot without /proc", chrootAs(0), false, []string{"/proc/sys/vm/mmap_min_addr", "mount -t proc proc /proc"}, nil},
	{"WSL's mounts, root", withWSLMounts(0), true, []string{mountNamespace}, nil},
	{"WSL's mounts, an ordinary user", withWSLMounts(1), true, []string{userNamespace}, nil},
	{"WSL's mounts, an ordinary user, Landlock", withWSLMounts(1), true, []string{landlocked}, []string{"--isolation=gvisor-landlock"}},
}

// TestContainers starts the program in all places with containers, and has it start
// containers itself.
func TestContainers(t *testing.T) {
	lab := newContainerLab(t)
	t.Run("Places", lab.testPlaces)
	t.Run("Engines", lab.testEngines)
}

// testPlaces starts the program in containers of Docker and Podman, in a chroot, and
// among mounts as WSL has them: the doctor says whether sessions work, and where they do a
// conversation of one call does.
func (lab *containerLab) testPlaces(t *testing.T) {
	for _, test := range containerCases {
		t.Run(test.name, func(t *testing.T) {
			said := output(t, test.command(lab, append([]string{"doctor"}, test.flags...)...), "")
			for _, want := range test.says {
				if !strings.Contains(said, want) {
					t.Errorf("the doctor does not say %q", want)
				}
			}
			for _, ask := range needless {
				if strings.Contains(said, ask) {
					t.Errorf("the doctor asks for %s", ask)
				}
			}
			if works := strings.Contains(said, "ok    files"); works != test.works {
				t.Errorf("sessions work: %t, want %t", works, test.works)
			}
			if test.works && !strings.Contains(output(t, test.command(lab, append([]string{"serve"}, test.flags...)...), conversation), "answer 42, of the mounts nothing") {
				t.Error("a conversation has no answer")
			}
			if t.Failed() {
				t.Logf("the doctor said:\n%s", said)
			}
		})
	}
}

// conversation is a conversation of one call, which looks for what must not be
// seen as well.
var conversation = requestLine("initialize", 1, map[string]any{"protocolVersion": "2025-06-18", "capabilities": map[string]any{},
	"clientInfo": map[string]any{"name": "t", "version": "1"}}) +
	`{"jsonrpc":"2.0","method":"notifications/initialized"}` + "\n" +
	requestLine("tools/call", 2, map[string]any{"name": "run_python", "arguments": map[string]any{"code": lookAround}})

const lookAround = `
import os
found = []
for top in ("/usr/lib/wsl", "/usr/lib/modules", "/usr/local", "/usr/games"):
    for folder, _, files in os.walk(top):
        found += [os.path.join(folder, f) for f in files if "secret" in f]
for file in ("/usr/lib/x86_64-linux-gnu/libcuda.so.1", "/usr/bin/nvidia-smi"):
    if os.path.exists(file) and os.path.getsize(file):
        found.append(file)
print("answer %d, of the mounts %s" % (6 * 7 if os.path.exists("/usr/bin/bash") else 0, found or "nothing"))
`

func requestLine(method string, id int, params any) string {
	data, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	if err != nil {
		panic(err)
	}
	return string(data) + "\n"
}

// output runs a command and returns all that it wrote. An exit code says nothing
// here: that of the doctor is its answer.
func output(t *testing.T, cmd *exec.Cmd, in string) string {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	bounded := exec.CommandContext(ctx, cmd.Path, cmd.Args[1:]...)
	bounded.Env, bounded.Dir, bounded.SysProcAttr = cmd.Env, "/", cmd.SysProcAttr
	bounded.Stdin = strings.NewReader(in)
	bounded.WaitDelay = 10 * time.Second
	out, err := bounded.CombinedOutput()
	if ctx.Err() != nil {
		t.Errorf("%v did not end: %v", cmd.Args, err)
	}
	return strings.ReplaceAll(string(out), `\"`, `"`)
}
