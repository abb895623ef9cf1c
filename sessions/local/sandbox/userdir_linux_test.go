package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/userfolders"
)

// userEnv makes the test binary a process for TestMountsOfUser. Its value is a
// userTrial.
const userEnv = "SANDBOX_TEST_USER"

// A userTrial shows a folder of the user in which disks are mounted.
type userTrial struct {
	Dir    string
	Engine string
	User   int  // to become when the mounts are made
	Ready  bool // the mounts are made
}

func runUserTrial(setting string) int {
	var trial userTrial
	err := json.Unmarshal([]byte(setting), &trial)
	if err == nil && !trial.Ready {
		err = trial.makeMounts()
		if err == nil && trial.User != 0 {
			trial.Ready = true
			return trial.becomeUser()
		}
	}
	if err == nil {
		err = trial.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (trial userTrial) command() *exec.Cmd {
	setting, _ := json.Marshal(trial)
	cmd := exec.Command(filepath.Join(trial.Dir, "test"))
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", userEnv + "=" + string(setting), levelSetting()}
	cmd.Dir = "/"
	return cmd
}

func (trial userTrial) becomeUser() int {
	cmd := trial.command()
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(trial.User), Gid: uint32(trial.User)}}
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (trial userTrial) in(name string) string { return filepath.Join(trial.Dir, "data", name) }

// makeMounts makes the mounts that the user has when the server starts.
func (trial userTrial) makeMounts() error {
	for _, kind := range []uintptr{unix.MS_PRIVATE, unix.MS_SHARED} {
		if err := unix.Mount("", "/", "", kind|unix.MS_REC, ""); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(trial.in("private/of/program"), 0o755); err != nil {
		return err
	}
	return errors.Join(trial.mountDisk("disk"), trial.mountDisk("disk/within"),
		os.MkdirAll(trial.in("machine"), 0o755), unix.Mount("/proc", trial.in("machine"), "", unix.MS_BIND|unix.MS_REC, ""),
		os.WriteFile(trial.in("private/of/program/file"), []byte("SECRET\n"), 0o644))
}

// mountDisk mounts a disk with a few files.
func (trial userTrial) mountDisk(name string) error {
	if err := errors.Join(os.MkdirAll(trial.in(name), 0o755), unix.Mount("disk", trial.in(name), "tmpfs", 0, "")); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return errors.Join(os.WriteFile(trial.in(name+"/file"), []byte(name+"\n"), 0o755), os.WriteFile(trial.in(name+"/.env"), []byte("SECRET\n"), 0o644))
}

func (trial userTrial) run() error {
	engine := trial.Engine
	if engine != ownBinary {
		engine = engineIn(trial.Dir, engine)
	}
	w, err := NewWorkspace(filepath.Join(trial.Dir, "run"))
	if err != nil {
		return err
	}
	defer w.Close()
	r, err := openRuntime(engine, filepath.Join(w.Dir(), "runtime"), UserFolders{
		Folders: userfolders.New([]string{trial.in(""), trial.in("machine"), trial.in("private/of")}),
		Private: []string{trial.in("private/of/program"), trial.in("private")},
	})
	if err != nil {
		return err
	}
	defer r.Close()
	data := filepath.Join(w.Dir(), "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	s, err := r.Start(Spec{
		Args: []string{"/bin/bash", "-c", `while read -r line; do eval "$line" 2>&1; echo END; done`},
		Env:  []string{"PATH=/usr/bin:/bin"}, Data: data,
	})
	if err != nil {
		return err
	}
	defer s.Kill()
	return trial.steps(r, s)
}

// steps changes the mounts while a sandbox runs, and says what it sees.
func (trial userTrial) steps(r *Runtime, s *Sandbox) error {
	said := bufio.NewReader(s.Stdout())
	show := func(when, script string) error {
		unshown, err := r.ShowFolders(context.Background())
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(s.Stdin(), script); err != nil {
			return err
		}
		fmt.Printf("%s, %d not shown:\n", when, len(unshown))
		for {
			line, err := said.ReadString('\n')
			if err != nil {
				return fmt.Errorf("%w: %s", err, s.Diagnostics())
			}
			if line == "END\n" {
				return nil
			}
			fmt.Print(line)
		}
	}
	if err := show("at first", `cd /mnt/user/data; ls /mnt/user; cat disk/file disk/within/file; cat disk/.env disk/within/.env; ls machine private; touch disk/x disk/within/x; disk/file`); err != nil {
		return err
	}
	if err := readOnly(r); err != nil || trial.Ready { // as another user it can mount nothing
		return err
	}
	if err := trial.mountDisk("late"); err != nil {
		return err
	}
	if err := show("a late disk", `cd /mnt/user/data; cat late/file; cat late/.env; touch late/x`); err != nil {
		return err
	}
	flags := 0
	if !r.level.Namespaced() {
		flags = unix.MNT_DETACH // the sandbox's gofer, which has the same mounts, has the disk open
	}
	if err := errors.Join(unix.Unmount(trial.in("disk/within"), flags), unix.Unmount(trial.in("disk"), flags)); err != nil {
		return err
	}
	return show("without the disk", `cd /mnt/user/data; ls disk; cat late/file`)
}

// readOnly reports, as an error, which mount of the user's folders can be written to.
func readOnly(r *Runtime) error {
	if !r.level.Namespaced() {
		return nil // there are none
	}
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", r.host.cmd.Process.Pid))
	if err != nil {
		return err
	}
	found := 0
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if _, inside := below(fields[4], userPoint(r.dir)); !inside {
			continue
		}
		found++
		for _, want := range []string{"ro", "nosuid", "nodev"} {
			if !strings.Contains(","+fields[5]+",", ","+want+",") {
				return fmt.Errorf("not %s: %s", want, line)
			}
		}
	}
	if found < 4 {
		return fmt.Errorf("%d mounts", found)
	}
	return nil
}

// TestMountsOfUser shows folders of the user in which disks are mounted: as root, as an
// ordinary user in whose eyes the mounts are locked, and as one who has made them in a
// user namespace.
func TestMountsOfUser(t *testing.T) {
	const first = `at first, 2 not shown:
data
disk
disk/within
cat: disk/.env: Permission denied
cat: disk/within/.env: Permission denied
ls: cannot open directory 'machine': Permission denied
ls: cannot open directory 'private': Permission denied
touch: cannot touch 'disk/x': Read-only file system
touch: cannot touch 'disk/within/x': Read-only file system
/bin/bash: line 1: disk/file: Permission denied
`
	const later = `a late disk, 2 not shown:
late
cat: late/.env: Permission denied
touch: cannot touch 'late/x': Read-only file system
without the disk, 2 not shown:
late
`
	for _, test := range []struct {
		name string
		user int
		attr *syscall.SysProcAttr
		want string
	}{
		{"root", 0, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}, first + later},
		{"user", someUser, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}, first},
		{"user namespace", 0, UserNamespace.attributes(), first + later},
	} {
		t.Run(test.name, func(t *testing.T) {
			if os.Geteuid() != 0 && test.name != "user namespace" {
				t.Skip("only root may mount here")
			}
			dir := trialFolder(t, test.user)
			if err := os.MkdirAll(filepath.Join(dir, "data/machine"), 0o755); err != nil {
				t.Fatal(err)
			}
			cmd := userTrial{Dir: dir, Engine: testEngine(t), User: test.user}.command()
			var errs strings.Builder
			cmd.Stderr, cmd.SysProcAttr = &errs, test.attr
			out, err := cmd.Output()
			if err != nil || string(out) != test.want {
				t.Errorf("got\n%s, want\n%s, %v %s", out, test.want, err, errs.String())
			}
		})
	}
}

// TestManyHidden closes hidden files in many folders, and what lies too deep.
func TestManyHidden(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	r := newRuntimeWith(t, UserFolders{Folders: userfolders.New([]string{data})})
	for i := range 300 {
		dir := filepath.Join(data, fmt.Sprint(i%30), fmt.Sprint(i))
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, ".hidden"), []byte("SECRET"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	deep := data
	for range maxNesting + 2 {
		deep = filepath.Join(deep, "d")
	}
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if unshown, err := r.ShowFolders(t.Context()); err != nil || len(unshown) > 0 {
		t.Fatalf("%v, %v", unshown, err)
	}
	got := shell(t, r, `cd /mnt/user/data; cat */*/.hidden 2>/dev/null | wc -c; ls -d */*/.hidden | wc -l; find d -type d 2>/dev/null | wc -l`)
	folders := maxNesting + 1
	if !r.level.Namespaced() {
		folders++ // nothing is looked through, so that it may lie as deep as it wants
	}
	if want := fmt.Sprintf("0\n300\n%d", folders); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestLateFolder makes a folder of the user when a sandbox runs that could not be told what
// to read of it: without namespaces that is said, once, and the next sandbox sees it.
func TestLateFolder(t *testing.T) {
	level, err := FindLevel(OnlyLandlock)
	if err != nil {
		t.Skip(err)
	}
	data := filepath.Join(t.TempDir(), "data")
	r := newRuntimeAt(t, level, UserFolders{Folders: userfolders.New([]string{data})})
	show := func() []Unshown {
		t.Helper()
		unshown, err := r.ShowFolders(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return unshown
	}
	if got := shell(t, r, "ls /mnt/user | wc -l"); got != "0" {
		t.Errorf("before the folder is there: %q", got)
	}
	if got := show(); len(got) != 1 || got[0].Why != "it does not exist" {
		t.Errorf("a folder that is not there: %v", got)
	}
	if err := errors.Join(os.Mkdir(data, 0o755), os.WriteFile(data+"/file", []byte("here"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if got := show(); len(got) != 1 || got[0].Why != errLate.Error() {
		t.Errorf("a folder that was made late: %v", got)
	}
	if got := show(); len(got) != 0 {
		t.Errorf("the second time: %v", got)
	}
	if got := shell(t, r, "cat /mnt/user/data/file"); got != "here" {
		t.Errorf("the next sandbox reads %q", got)
	}
}
