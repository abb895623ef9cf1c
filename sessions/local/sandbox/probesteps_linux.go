package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// A step is something that the start of a sandbox does, in words that complete "…
// cannot".
type step string

const (
	stepProc           step = "read /proc"
	stepDevNull        step = "open /dev/null"
	stepUserNamespace  step = "create a user namespace"
	stepMountNamespace step = "create a mount namespace"
	stepOwnRoot        step = "have mounts of its own"
	stepNested         step = "create the namespaces of a sandbox"
	stepMemoryMount    step = "mount a file system in memory"
	stepBind           step = "bind folders"
	stepMountProc      step = "mount or bind /proc"
	stepPivot          step = "change its root (pivot_root)"
	stepChroot         step = "change its root (chroot)"
	stepTrace          step = "trace a child process"
	stepFilter         step = "filter system calls"
	stepMemory         step = "map memory that can be executed"
	stepThreads        step = "start enough processes and threads"
	stepFiles          step = "open enough files"
	stepLandlock       step = "confine a process with Landlock"
	stepProbe          step = "start a trial sandbox"
)

// The parts of the probe. Each is a process, as in a sandbox: the host starts
// the gofer and the sentry.
const (
	probeHost     = "host"
	probeGofer    = "gofer"
	probeSentry   = "sentry"
	probeConfined = "confined"
	probeTraced   = "traced"
	probeThreads  = "threads"
)

// What one sandbox and the processes around it take, roughly: a sentry whose
// program has some threads.
const (
	neededThreads = 48
	neededFiles   = 256
)

// probeReport is what a part writes to its standard output if it fails.
type probeReport struct {
	Step   step   `json:"step"`
	Errno  int    `json:"errno"`
	Detail string `json:"detail"`
}

// probe runs one part of the probe and returns its exit code.
func probe(args []string) int {
	if len(args) != 1 {
		return 2
	}
	found := probePart(args[0])
	if found == nil {
		return 0
	}
	_ = json.NewEncoder(os.Stdout).Encode(probeReport{found.step, int(found.errno), found.detail})
	return 1
}

func probePart(part string) *obstacle {
	switch part {
	case probeHost:
		return tryHost()
	case probeGofer:
		return tryAll(goferSteps())
	case probeSentry:
		return tryAll(sentrySteps())
	case probeConfined:
		return tryAll(confinedSteps())
	case probeThreads:
		return tryThreads()
	case probeTraced:
		return nil
	}
	return &obstacle{step: stepProbe, detail: "unknown part"}
}

// A trial is one thing to try.
type trial struct {
	step step
	do   func() error
}

func tryAll(trials []trial) *obstacle {
	for _, t := range trials {
		if err := t.do(); err != nil {
			if found := (*foundObstacle)(nil); errors.As(err, &found) {
				return found.obstacle
			}
			return obstacleOf(t.step, err)
		}
	}
	return nil
}

// foundObstacle is the error of a trial that runs another part.
type foundObstacle struct{ *obstacle }

func (f *foundObstacle) Error() string { return string(f.step) }

func asError(o *obstacle) error {
	if o == nil {
		return nil
	}
	return &foundObstacle{o}
}

// tryHost does what the sandbox host does.
func tryHost() *obstacle {
	return tryAll([]trial{
		{stepFiles, tryFiles},
		{stepOwnRoot, ownRoot},
		{stepBind, func() error { return allowBinding(bindable()) }},
		{stepFilter, denyMembarrierRegistration},
		{stepNested, func() error { return runNested(probeGofer) }},
		{stepNested, func() error { return runNested(probeSentry) }},
	})
}

// runNested runs a part in the namespaces that gVisor gives to its processes.
// One is a user namespace with the users of that around it, also for root.
func runNested(part string) error {
	users, err := sameIDs("/proc/self/uid_map")
	if err != nil {
		return err
	}
	groups, err := sameIDs("/proc/self/gid_map")
	if err != nil {
		return err
	}
	return asError(runProbe(&syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS |
			syscall.CLONE_NEWPID | syscall.CLONE_NEWNET,
		UidMappings: users,
		GidMappings: groups,
		Credential:  &syscall.Credential{},
		Pdeathsig:   syscall.SIGKILL,
	}, stepNested, part))
}

// sameIDs maps all IDs that this process knows to themselves.
func sameIDs(file string) ([]syscall.SysProcIDMap, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var ids []syscall.SysProcIDMap
	for line := range strings.Lines(string(data)) {
		var inside, outside, size int
		if _, err := fmt.Sscan(line, &inside, &outside, &size); err != nil {
			return nil, err
		}
		ids = append(ids, syscall.SysProcIDMap{ContainerID: inside, HostID: inside, Size: size})
	}
	return ids, nil
}

// tryFiles opens as many files as a sandbox and what is around it.
func tryFiles() error {
	for range neededFiles {
		f, err := os.Open("/proc/self/exe")
		if err != nil {
			return err
		}
		defer f.Close()
	}
	return nil
}

// bindable is a folder of the host that can be bound: /usr, or /dev where the host has no
// system, as in an image with nothing but the program.
func bindable() string {
	if _, err := os.Stat("/usr"); err == nil {
		return "/usr"
	}
	return "/dev"
}

// goferSteps are what gVisor's gofer does to show a sandbox its files.
func goferSteps() []trial {
	const root = "/proc/fs"
	return []trial{
		{stepOwnRoot, ownRoot},
		{stepMemoryMount, func() error { return mountMemory(root) }},
		{stepMountProc, func() error { return bindProc(root) }},
		{stepBind, func() error { return bindFolder(bindable(), root+"/root") }},
		{stepPivot, func() error { return changeRoot(root) }},
		{stepChroot, func() error { return unix.Chroot("/root") }},
	}
}

// sentrySteps are what gVisor's sentry does before a program runs in it.
func sentrySteps() []trial {
	root := os.TempDir()
	return []trial{
		{stepOwnRoot, ownRoot},
		{stepThreads, func() error {
			return asError(runProbe(&syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}, stepThreads, probeThreads))
		}},
		{stepTrace, tryTrace},
		{stepMemory, tryMemory},
		{stepMemoryMount, func() error { return mountMemory(root) }},
		{stepMountProc, func() error { return mountProc(root) }},
		{stepPivot, func() error { return changeRoot(root) }},
	}
}

// confinedSteps are what gVisor's sentry does where it has no namespaces.
func confinedSteps() []trial {
	return []trial{
		{stepFiles, tryFiles},
		{stepFilter, denyMembarrierRegistration},
		{stepThreads, func() error {
			return asError(runProbe(&syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}, stepThreads, probeThreads))
		}},
		{stepTrace, tryTrace},
		{stepMemory, tryMemory},
	}
}

const quietMount = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

func mountMemory(point string) error {
	if err := unix.Mount("sandbox-probe", point, "tmpfs", quietMount, ""); err != nil {
		return fmt.Errorf("on %s: %w", point, err)
	}
	return unix.Mount("", point, "", unix.MS_UNBINDABLE, "")
}

func bindProc(root string) error {
	point := root + "/proc"
	if err := os.Mkdir(point, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("/proc", point, "", quietMount|unix.MS_RDONLY|unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return unix.Mount(point+"/self/fd", point+"/fs", "", quietMount|unix.MS_RDONLY|unix.MS_BIND, "")
}

func bindFolder(source, point string) error {
	if err := os.Mkdir(point, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(source, point, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return makeReadOnly(point, 0)
}

// mountProc mounts its own proc file system, or binds the existing one. In most
// containers parts of that are covered, and then a user namespace may not mount
// another one.
func mountProc(root string) error {
	for _, name := range []string{"/proc/sys/vm/mmap_min_addr", "/proc/sys/kernel/cap_last_cap"} {
		if _, err := os.ReadFile(name); err != nil {
			return err
		}
	}
	point := root + "/proc"
	if err := os.Mkdir(point, 0o755); err != nil {
		return err
	}
	if unix.Mount("proc", point, "proc", quietMount|unix.MS_RDONLY, "") == nil {
		return nil
	}
	return unix.Mount("/proc", point, "", quietMount|unix.MS_RDONLY|unix.MS_BIND|unix.MS_REC, "")
}

func changeRoot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return err
	}
	return unix.Unmount(".", unix.MNT_DETACH)
}

// tryTrace traces a process as gVisor's systrap platform does.
func tryTrace() error {
	runtime.LockOSThread() // that traces
	defer runtime.UnlockOSThread()
	cmd := exec.Command("/proc/self/exe", probeTraced)
	cmd.Args[0] = probeName
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return err
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, as it should be
	return nil
}

// tryMemory makes a file in memory, as that of a sandbox, and executable memory
// of it.
func tryMemory() error {
	fd, err := unix.MemfdCreate("sandbox-probe", unix.MFD_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.Ftruncate(fd, int64(os.Getpagesize())); err != nil {
		return err
	}
	page, err := unix.Mmap(fd, 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	return unix.Munmap(page)
}

// tryThreads starts threads. If it cannot, Go ends the process with a message that
// runProbe recognizes.
func tryThreads() *obstacle {
	var up, down sync.WaitGroup
	release := make(chan struct{})
	for range neededThreads {
		up.Add(1)
		down.Go(func() {
			runtime.LockOSThread()
			up.Done()
			<-release
		})
	}
	up.Wait()
	close(release)
	down.Wait()
	return nil
}
