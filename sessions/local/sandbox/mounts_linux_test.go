package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// mountsEnv makes the test binary a process for TestMounts. Its value is a
// mountTrial.
const mountsEnv = "SANDBOX_TEST_MOUNTS"

// A mountTrial is what a process for TestMounts does.
type mountTrial struct {
	Dir    string // to work in
	Engine string
	User   int    // to become before the sandbox is started
	Mount  bool   // make the mounts first, in the mount namespace of this process
	Auto   bool   // one that is mounted when somebody looks too
	Script string // for the sandbox
}

// The mounts that are made below /usr, which becomes a mount itself.
const (
	wslLibraries = "/usr/lib/wsl/lib"
	wslDrivers   = "/usr/lib/wsl/drivers"
	strangeName  = "/usr/share/with space\tand\nmore\\040"
	library      = "/usr/share/libcuda.so.1"
	program      = "/usr/bin/nvidia-smi"
	onDemand     = "/usr/share/autofs"
	manyMounts   = 200
)

// runMountTrial is the life of a process for TestMounts.
func runMountTrial(setting string) int {
	var trial mountTrial
	err := json.Unmarshal([]byte(setting), &trial)
	if err == nil && trial.Mount {
		err = makeTestMounts(trial)
		if err == nil {
			trial.Mount = false
			return runAs(trial)
		}
	}
	if err == nil {
		err = trial.run(os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// runAs goes on as the trial's user.
func runAs(trial mountTrial) int {
	cmd := trialCommand(trial)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if trial.User != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(trial.User), Gid: uint32(trial.User)}}
	}
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func trialCommand(trial mountTrial) *exec.Cmd {
	setting, _ := json.Marshal(trial)
	cmd := exec.Command(filepath.Join(trial.Dir, "test"))
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", mountsEnv + "=" + string(setting), levelSetting()}
	cmd.Dir = "/"
	return cmd
}

func (trial mountTrial) run(out io.Writer) error {
	engine := trial.Engine
	if engine != "/proc/self/exe" {
		engine = engineIn(trial.Dir, engine)
	}
	w, err := NewWorkspace(filepath.Join(trial.Dir, "run"))
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := openRuntime(engine, filepath.Join(w.Dir(), "runtime"), UserFolders{})
	if err != nil {
		return err
	}
	defer r.Close()
	data := filepath.Join(w.Dir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	s, err := r.Start(Spec{
		Args:  []string{"/bin/bash", "-c", trial.Script},
		Env:   []string{"PATH=/usr/bin:/bin"},
		Data:  data,
		Binds: []Bind{{Host: filepath.Join(trial.Dir, "bound"), Guest: "/opt/bound"}},
	})
	if err != nil {
		return err
	}
	defer s.Kill()
	if _, err := io.Copy(out, s.Stdout()); err != nil {
		return err
	}
	<-s.Done()
	if d := s.Diagnostics(); d != "" {
		return errors.New(d)
	}
	return nil
}

// makeTestMounts makes mounts as WSL, GPU containers and separate disks have
// them.
func makeTestMounts(trial mountTrial) error {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return err
	}
	layers := filepath.Join(trial.Dir, "layers")
	bound := filepath.Join(trial.Dir, "bound")
	if err := errors.Join(os.MkdirAll(layers, 0o755), unix.Mount("layers", layers, "tmpfs", 0, "")); err != nil {
		return err
	}
	secret := filepath.Join(layers, "secret")
	if err := errors.Join(os.Mkdir(secret, 0o755), os.WriteFile(secret+"/file", []byte("SECRET\n"), 0o755),
		os.Mkdir(layers+"/upper", 0o755), os.Mkdir(layers+"/work", 0o755)); err != nil {
		return err
	}
	if err := unix.Mount("usr", "/usr", "overlay", 0, "lowerdir=/usr,upperdir="+layers+"/upper,workdir="+layers+"/work"); err != nil {
		return fmt.Errorf("an overlay on /usr: %w", err)
	}
	points := []string{wslLibraries, wslDrivers, strangeName, "/usr/local", bound + "/below", "/usr/share/deep/er/s"}
	for i := range manyMounts {
		points = append(points, fmt.Sprintf("/usr/share/many/%d", i))
	}
	for _, point := range points {
		if err := errors.Join(os.MkdirAll(point, 0o755), unix.Mount(secret, point, "", unix.MS_BIND, "")); err != nil {
			return fmt.Errorf("%s: %w", point, err)
		}
	}
	for _, point := range []string{library, program} {
		if err := errors.Join(os.WriteFile(point, nil, 0o755), unix.Mount(secret+"/file", point, "", unix.MS_BIND, "")); err != nil {
			return fmt.Errorf("%s: %w", point, err)
		}
	}
	if err := os.WriteFile("/usr/share/own", []byte("the system's\n"), 0o644); err != nil {
		return err
	}
	return makeStackedMounts(trial, secret)
}

// makeStackedMounts makes mounts below, above and in place of others.
func makeStackedMounts(trial mountTrial, secret string) error {
	if err := unix.Mount("over", "/usr/share/deep/er", "tmpfs", 0, ""); err != nil { // hides the mount on s
		return err
	}
	if err := errors.Join(os.Mkdir("/usr/share/deep/er/in", 0o755), os.WriteFile("/usr/share/deep/er/file", []byte("SECRET\n"), 0o644)); err != nil {
		return err
	}
	for _, pair := range [][2]string{
		{secret, "/usr/share/deep/er/in"},
		{secret, wslLibraries}, // on itself
		{"/usr/lib", "/usr/lib"},
	} {
		if err := unix.Mount(pair[0], pair[1], "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("%s: %w", pair[1], err)
		}
	}
	if err := os.Mkdir("/usr/share/unbindable", 0o755); err != nil {
		return err
	}
	if err := errors.Join(unix.Mount(secret, "/usr/share/unbindable", "", unix.MS_BIND, ""),
		unix.Mount("", "/usr/share/unbindable", "", unix.MS_UNBINDABLE, "")); err != nil {
		return err
	}
	if !trial.Auto {
		return nil
	}
	// Nobody mounts what is asked for: who looks waits for ever.
	_, w, err := os.Pipe()
	if err != nil {
		return err
	}
	return errors.Join(os.Mkdir(onDemand, 0o755),
		unix.Mount("auto", onDemand, "autofs", 0, fmt.Sprintf("fd=%d,minproto=5,maxproto=5,direct", w.Fd())))
}

// lookAround is what the sandbox does. Nothing that the mounts hold may be seen,
// and what is beside them must be.
var lookAround = `
for d in ` + wslLibraries + ` ` + wslDrivers + ` $'/usr/share/with space\tand\nmore\\040' /usr/local /opt/bound/below /usr/share/deep/er /usr/share/unbindable /usr/share/many/0 /usr/share/many/199; do
	test -d "$d" || echo "no $d"
	ls -A "$d"
	touch "$d/x" 2>/dev/null && echo "written to $d"
done
wc -c <` + library + `
wc -c <` + program + `
grep -r -s -l SECRET /usr/share/{with,deep,many,unbindable,lib}* /usr/lib/wsl /usr/local /usr/bin/nvidia-smi /opt/bound
cat /usr/share/own /opt/bound/own
test $(ls /usr/lib | wc -l) -gt 5 && test $(ls /usr/share/many | wc -l) = 200 && echo whole
grep -c -e many -e wsl /proc/mounts
`

// TestMounts runs sandboxes where there are mounts below what they see: as root,
// as an ordinary user in whose eyes the mounts are locked, and as one who has made
// them in a user namespace.
func TestMounts(t *testing.T) {
	const want = "0\n0\nthe system's\nbound\nwhole\n0\n"
	type trial struct {
		name string
		user int
		attr *syscall.SysProcAttr
		auto bool
	}
	if os.Geteuid() != 0 {
		t.Skip("only root may make folders below /usr to mount on")
	}
	for _, test := range []trial{
		{"root", 0, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}, true},
		{"user", someUser, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}, true},
		{"user namespace", 0, UserNamespace.attributes(), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := trialFolder(t, test.user)
			if err := errors.Join(os.MkdirAll(dir+"/bound/below", 0o755), os.WriteFile(dir+"/bound/own", []byte("bound\n"), 0o644)); err != nil {
				t.Fatal(err)
			}
			before := mountsIn(t, dir)
			cmd := trialCommand(mountTrial{Dir: dir, Engine: testEngine(t), User: test.user, Mount: true, Auto: test.auto, Script: lookAround})
			var errs strings.Builder
			cmd.Stderr = &errs
			cmd.SysProcAttr = test.attr
			out, err := cmd.Output()
			if err != nil || string(out) != want {
				t.Errorf("the sandbox wrote %q, want %q: %v %s", out, want, err, errs.String())
			}
			if after := mountsIn(t, dir); !slices.Equal(before, after) {
				t.Errorf("the host's mounts were %v and are %v", before, after)
			}
		})
	}
}

// mountsIn returns the host's mounts below dir and /usr.
func mountsIn(t *testing.T, dir string) []mount {
	t.Helper()
	mounts, err := mountTable()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(mounts, func(m mount) bool {
		_, ours := below(m.point, dir)
		_, system := below(m.point, "/usr")
		return !ours && !system
	})
}

// someUser is an ordinary user who needs no name.
const someUser = 54321

// trialFolder makes a folder of the user, with the test binary and the engine.
func trialFolder(t *testing.T, user int) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mounts-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { RemoveTree(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	copyProgram(t, "/proc/self/exe", filepath.Join(dir, "test"))
	if engine := testEngine(t); engine != "/proc/self/exe" {
		if err := os.CopyFS(filepath.Dir(engineIn(dir, engine)), os.DirFS(filepath.Dir(engine))); err != nil {
			t.Fatal(err)
		}
	}
	if user != 0 {
		if err := chownTree(dir, user); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// engineIn returns where the copy of an engine is in a folder, which is its cache.
func engineIn(dir, engine string) string {
	return filepath.Join(dir, filepath.Base(filepath.Dir(engine)), filepath.Base(engine))
}

func chownTree(dir string, user int) error {
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, user, user))
	})
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
