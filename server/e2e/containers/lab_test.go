//go:build containers

package containers

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// A containerLab has what the cases need: engines that were started for them, an
// image of Debian, the program, and a cache folder with the interpreter for root
// and one for an ordinary user.
type containerLab struct {
	dir    string // open to all, for this test
	system string // the folder with Debian
	user   int    // an ordinary user with a range of IDs for containers
	home   string // that user's, for this test

	storage [2]string // how root's (0) and the user's (1) Podman stores images
}

const (
	imageName = "localhost/sessions-test:1"
	labUser   = "sessions-containers"
)

// newContainerLab makes the lab. What takes long is kept in the user's cache
// folder: Debian, and the packages of the interpreter.
func newContainerLab(t *testing.T) *containerLab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("this test starts container engines and has to be run by root")
	}
	for _, tool := range []string{"dockerd", "docker", "podman", "runc", "newuidmap", "debootstrap", "setpriv", "unshare", "chroot", "useradd"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: .ci/containers installs it", err)
		}
	}
	dir, err := os.MkdirTemp("", "containers-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { must(t, exec.Command("rm", "-rf", "--one-file-system", dir)) })
	lab := &containerLab{dir: dir}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lab.addUser(t)
	lab.system = debian(t)
	must(t, exec.Command("install", "-D", "-m", "755", e2etest.Program(t), dir+"/bin/sessions"))
	lab.fillCaches(t)
	lab.startDocker(t)
	lab.startPodman(t)
	return lab
}

func must(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
}

func (lab *containerLab) addUser(t *testing.T) {
	t.Helper()
	if _, err := user.Lookup(labUser); err != nil {
		must(t, exec.Command("useradd", "--create-home", labUser))
	}
	u, err := user.Lookup(labUser)
	if err != nil {
		t.Fatal(err)
	}
	if lab.user, err = strconv.Atoi(u.Uid); err != nil {
		t.Fatal(err)
	}
	lab.home = filepath.Join(lab.dir, "home")
	if err := os.Mkdir(lab.home, 0o700); err != nil {
		t.Fatal(err)
	}
	lab.give(t, lab.home)
}

func (lab *containerLab) give(t *testing.T, path string) {
	t.Helper()
	must(t, exec.Command("chown", "-R", fmt.Sprintf("%d:%d", lab.user, lab.user), path))
}

// debian returns a folder with a small Debian.
func debian(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(e2etest.CacheHome(t), "dynamic-sessions-mcp-ci", "debian-bookworm")
	if _, err := os.Stat(dir + "/etc/debian_version"); err == nil {
		return dir
	}
	partial := dir + ".partial"
	must(t, exec.Command("rm", "-rf", "--one-file-system", partial))
	must(t, exec.Command("debootstrap", "--variant=minbase", "bookworm", partial))
	if err := os.Rename(partial, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fillCaches makes a cache folder for root and one for the user.
func (lab *containerLab) fillCaches(t *testing.T) {
	t.Helper()
	must(t, exec.Command(lab.dir+"/bin/sessions", "setup"))
	interpreter := lastUsed(t)
	for _, name := range []string{"root", "user"} {
		to := lab.cache(name)
		if err := os.MkdirAll(to, 0o700); err != nil {
			t.Fatal(err)
		}
		must(t, exec.Command("cp", "-a", interpreter, to))
	}
	lab.give(t, lab.dir+"/cache-user")
}

// lastUsed is the installation that was used last, as the program notes beside each.
func lastUsed(t *testing.T) (dir string) {
	t.Helper()
	notes, err := filepath.Glob(filepath.Join(e2etest.CacheHome(t), "dynamic-sessions-mcp", "python-*.use"))
	if err != nil {
		t.Fatal(err)
	}
	var last time.Time
	for _, note := range notes {
		if info, err := os.Stat(note); err == nil && info.ModTime().After(last) {
			dir, last = strings.TrimSuffix(note, ".use"), info.ModTime()
		}
	}
	if dir == "" {
		t.Fatal("setup has installed no interpreter")
	}
	return dir
}

// cache is a folder of the test that cases see as /c.
func (lab *containerLab) cache(name string) string {
	return filepath.Join(lab.dir, "cache-"+name, "dynamic-sessions-mcp")
}

// owner names the cache of root (0) or of the user (1).
func owner(who int) string { return []string{"root", "user"}[who] }

// shared are the flags that show a container the program and a cache.
func (lab *containerLab) shared(who int) []string {
	return []string{"--rm", "--interactive", "--network=none",
		"--volume=" + lab.dir + "/bin:/b:ro", "--volume=" + filepath.Dir(lab.cache(owner(who))) + ":/c"}
}

func program(args ...string) []string {
	return append([]string{"/b/sessions"}, append(args, "--cache-dir=/c/dynamic-sessions-mcp")...)
}

// startDocker starts Docker's daemon, with a place and a socket of its own, and
// gives it the image.
func (lab *containerLab) startDocker(t *testing.T) {
	t.Helper()
	dir := filepath.Join(lab.dir, "docker")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(dir + "/log")
	if err != nil {
		t.Fatal(err)
	}
	daemon := exec.Command("dockerd", "--data-root="+dir+"/data", "--exec-root="+dir+"/exec", "--pidfile="+dir+"/pid",
		"--host=unix://"+dir+"/socket", "--bridge=none", "--iptables=false")
	daemon.Stdout, daemon.Stderr = log, log
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Signal(syscall.SIGTERM)
		_ = daemon.Wait()
		log.Close()
	})
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for late := time.After(30 * time.Second); ; {
		if lab.docker("version").Run() == nil {
			must(t, exec.Command("bash", "-o", "pipefail", "-c", `tar -C "$1" -c . | docker --host="$2" import - "$3"`, "-",
				lab.system, "unix://"+dir+"/socket", imageName))
			return
		}
		select {
		case <-again.C:
		case <-late:
			said, _ := os.ReadFile(dir + "/log")
			t.Fatalf("dockerd does not answer:\n%s", said)
		}
	}
}

func (lab *containerLab) docker(args ...string) *exec.Cmd {
	return exec.Command("docker", append([]string{"--host=unix://" + lab.dir + "/docker/socket"}, args...)...)
}

// dockerAs runs the program in a container of Docker, as root (0) or as the user
// (1).
func dockerAs(who int, flags ...string) func(*containerLab, ...string) *exec.Cmd {
	return func(lab *containerLab, args ...string) *exec.Cmd {
		run := append([]string{"run"}, lab.shared(who)...)
		if who != 0 {
			run = append(run, fmt.Sprintf("--user=%d:%d", lab.user, lab.user))
		}
		return lab.docker(append(append(append(run, flags...), imageName), program(args...)...)...)
	}
}

// dockerWithMounts binds what engines with GPUs, and WSL, bind.
func dockerWithMounts(lab *containerLab, args ...string) *exec.Cmd {
	secret := lab.secret()
	return dockerAs(0, unconfinedSeccomp,
		"--volume="+secret+"/secret:/usr/lib/x86_64-linux-gnu/libcuda.so.1:ro", "--volume="+secret+"/secret:/usr/bin/nvidia-smi:ro",
		"--volume="+secret+":/usr/lib/wsl/drivers:ro", "--volume="+secret+":/usr/local", "--tmpfs=/usr/lib/modules/6.6")(lab, args...)
}

// secret makes a folder with a file that no session may see.
func (lab *containerLab) secret() string {
	dir := filepath.Join(lab.dir, "mounted")
	if os.MkdirAll(dir, 0o755) != nil || os.WriteFile(dir+"/secret", []byte("secret"), 0o755) != nil {
		return "/nonexistent" // which fails the case
	}
	return dir
}

// startPodman gives the image to root's Podman and to the user's.
func (lab *containerLab) startPodman(t *testing.T) {
	t.Helper()
	// The limits that Podman raises by default take a capability that the root of
	// a container or of a small machine may lack.
	// Containers have no network unless something says otherwise, which these do not.
	if err := os.WriteFile(lab.dir+"/containers.conf", []byte("[containers]\ndefault_ulimits=[]\nnetns=\"none\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(lab.dir, "image.tar")
	must(t, exec.Command("tar", "-C", lab.system, "-cf", image, "."))
	t.Cleanup(func() { lab.stopPodman() })
	// Not every file system can be below an overlay. Without one each container is a copy
	// of its image, which takes seconds.
	for who := range 2 {
		lab.storage[who] = "overlay"
		if lab.podman(who, "import", image, imageName).Run() != nil {
			lab.storage[who] = "vfs"
			must(t, exec.Command("rm", "-rf", "--one-file-system", lab.podmanDir(who)))
			must(t, lab.podman(who, "import", image, imageName))
		}
		t.Logf("Podman of %s stores images with %s", owner(who), lab.storage[who])
	}
}

// podman is root's (0) or the user's (1).
func (lab *containerLab) podman(who int, args ...string) *exec.Cmd {
	words := append(lab.podmanWords(who), args...)
	if who != 0 {
		words = append(lab.asUser(), words...)
	}
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = lab.environ(who)
	cmd.Dir = "/"
	return cmd
}

// podmanWords are the words of the command. A runtime that can use the cgroups of version
// 1 is named, since many machines still have both.
func (lab *containerLab) podmanWords(who int) []string {
	dir := lab.podmanDir(who)
	return []string{"podman", "--root=" + dir + "/root", "--runroot=" + dir + "/run", "--storage-driver=" + lab.storage[who],
		"--cgroup-manager=cgroupfs", "--events-backend=none", "--runtime=runc"}
}

// podmanDir is where it has everything.
func (lab *containerLab) podmanDir(who int) string {
	if who != 0 {
		return filepath.Join(lab.home, "podman")
	}
	return filepath.Join(lab.dir, "podman")
}

// environ is the environment of root or of the user.
func (lab *containerLab) environ(who int) []string {
	environ := []string{"PATH=" + os.Getenv("PATH"), "CONTAINERS_CONF=" + lab.dir + "/containers.conf"}
	if who == 0 {
		return append(environ, "HOME=/root")
	}
	return append(environ, "HOME="+lab.home, "XDG_RUNTIME_DIR="+lab.home)
}

// asUser are the words before a command that the user runs.
func (lab *containerLab) asUser() []string {
	return []string{"setpriv", "--reuid=" + labUser, "--regid=" + labUser, "--init-groups", "--"}
}

// stopPodman ends the process that keeps the user's namespace.
func (lab *containerLab) stopPodman() {
	for _, name := range []string{"libpod/tmp/pause.pid", "libpod/pause.pid"} {
		data, err := os.ReadFile(filepath.Join(lab.home, name))
		if err != nil {
			continue
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// podmanAs runs the program in a container of Podman.
func podmanAs(who int, flags ...string) func(*containerLab, ...string) *exec.Cmd {
	return func(lab *containerLab, args ...string) *exec.Cmd {
		run := append(append([]string{"run"}, lab.shared(who)...), flags...)
		return lab.podman(who, append(append(run, imageName), program(args...)...)...)
	}
}

// podmanLocked runs the program as a user without rights in a container of root's
// Podman.
func podmanLocked(more ...string) func(*containerLab, ...string) *exec.Cmd {
	return func(lab *containerLab, args ...string) *exec.Cmd {
		run := append(append([]string{"run"}, lab.shared(1)...), flags(locked, more...)...)
		run = append(run, fmt.Sprintf("--user=%d:%d", lab.user, lab.user), imageName)
		return lab.podman(0, append(run, program(args...)...)...)
	}
}

// podmanRootfs runs the program in the folder with Debian.
func podmanRootfs(lab *containerLab, args ...string) *exec.Cmd {
	run := append(append([]string{"run"}, lab.shared(0)...), "--rootfs", lab.system+":O")
	return lab.podman(0, append(run, program(args...)...)...)
}

// chrootAs runs the program in a chroot, with folders of the host in it. Its
// mounts are those of a mount namespace that ends with it.
func chrootAs(who int, folders ...string) func(*containerLab, ...string) *exec.Cmd {
	return func(lab *containerLab, args ...string) *exec.Cmd {
		script := []string{"set -e", "mkdir -p $ROOT/b $ROOT/c", "mount --bind $DIR/bin $ROOT/b", "mount --bind $CACHE $ROOT/c"}
		for _, folder := range folders {
			script = append(script, "mount --rbind "+folder+" $ROOT"+folder)
		}
		spec := ""
		if who != 0 {
			spec = fmt.Sprintf("--userspec=%d:%d ", lab.user, lab.user)
		}
		return lab.unshared(who, append(script, `exec chroot `+spec+`$ROOT "$@"`), program(args...)...)
	}
}

// unshared runs a script with arguments in a mount namespace.
func (lab *containerLab) unshared(who int, script []string, args ...string) *exec.Cmd {
	words := append([]string{"--mount", "--propagation=private", "bash", "-c", strings.Join(script, "\n"), "-"}, args...)
	cmd := exec.Command("unshare", words...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "ROOT=" + lab.system, "DIR=" + lab.dir, "CACHE=" + filepath.Dir(lab.cache(owner(who)))}
	return cmd
}

// withWSLMounts runs the program among mounts as WSL 2 has them: its libraries and
// drivers, the kernel's modules, and a disk on /usr/local.
func withWSLMounts(who int) func(*containerLab, ...string) *exec.Cmd {
	return func(lab *containerLab, args ...string) *exec.Cmd {
		secret := lab.secret()
		script := []string{"set -e", "mkdir -p $DIR/layers", "mount -t tmpfs layers $DIR/layers", "mkdir $DIR/layers/upper $DIR/layers/work",
			"mount -t overlay usr /usr -o lowerdir=/usr,upperdir=$DIR/layers/upper,workdir=$DIR/layers/work"}
		for _, point := range []string{"/usr/lib/wsl/lib", "/usr/lib/wsl/drivers", "/usr/lib/modules/6.6.87.2-microsoft-standard-WSL2", "/usr/local", `"/usr/lib/wsl/with space"`} {
			script = append(script, "mkdir -p "+point, "mount --bind "+secret+" "+point)
		}
		run := append([]string{lab.dir + "/bin/sessions"}, append(args, "--cache-dir="+lab.cache(owner(who)))...)
		if who != 0 {
			run = append(lab.asUser(), run...)
		}
		return lab.unshared(who, append(script, `exec "$@"`), run...)
	}
}
