//go:build !race

// Package cachefolder runs the built program in a cache folder that a person uses
// for other things too.
package cachefolder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// someUser is an ordinary user, for tests that root runs.
const someUser = 12345

// TestFolderInUse runs the program with a --cache-dir that the person uses for
// other things, with names like the program's own. Nothing of theirs changes.
func TestFolderInUse(t *testing.T) {
	t.Parallel()
	program := filepath.Join(openFolder(t), "dynamic-sessions-mcp") // where the other user may run it
	if out, err := exec.Command("install", "-m", "755", e2etest.Program(t), program).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	users := []int{os.Geteuid()}
	if os.Geteuid() == 0 {
		users = append(users, someUser)
	}
	for _, uid := range users {
		t.Run(fmt.Sprint("as user ", uid), func(t *testing.T) {
			t.Parallel()
			home := openFolder(t)
			own := filepath.Join(home, "dir", "dynamic-sessions-mcp")
			lendInstallation(t, program, own, uid)
			fillWithTheirs(t, home)
			fillOwn(t, own, filepath.Join(home, "elsewhere"))
			giveTo(t, uid, home)
			before := listing(t, home, own)
			strangers := strangersIn(t, own)
			for _, args := range [][]string{
				{"doctor"}, {"setup"}, {"serve"}, {"serve", "--session-name=mine"}, {"serve", "--session-name=mine"},
				{"serve", "--transport=http", "--listen=127.0.0.1:0", "--tls-self-signed"},
				{"pool", "--listen=127.0.0.1:0", "--tls-self-signed"},
			} {
				out := runAs(t, uid, home, program, append(args, "--cache-dir="+filepath.Join(home, "dir"))...)
				if said := strings.Contains(out, own); args[0] == "doctor" && !said {
					t.Errorf("doctor does not say which folder it is:\n%s", out)
				}
				compare(t, strings.Join(args, " "), before, listing(t, home, own))
				compare(t, strings.Join(args, " ")+", in the program's own", strangers, strangersIn(t, own))
			}
			if left, err := filepath.Glob(filepath.Join(own, "kept", "*", "box", "state")); err != nil || len(left) != 1 {
				t.Errorf("the named session's state: %v, %v", left, err)
			}
		})
	}
}

// openFolder returns a folder that other users can reach.
func openFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "cache-folder-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("precious: "+path), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fillWithTheirs makes the person's things in home/dir and home/elsewhere.
func fillWithTheirs(t *testing.T, home string) {
	t.Helper()
	for _, path := range []string{
		"downloads/book.pdf", "install-notes/a.txt", "install-1/a.txt", "install.lock", "making-1/a.txt", "removing-1/a.txt",
		"snapshots/a/photo", "snapshots/b/photo", "snapshots/c/photo", "snapshots/d/photo", "snapshots/0123456789abcdef/sums.json",
		"snapshots/making-1/pages.img", "kept.txt", "run/x/lock", "run/0123456789ab/lock", "run/0123456789ab/thesis.tex", "run/lock",
		"python-stuff/a.py", "python-3.9.1-linux-amd64-0123456789ab/interpreter/bin/python3", "python-3.9.1-linux-amd64-0123456789ab.use",
		"engine-x/piston", "engine-0123456789ab/runsc", "certificate/degree.pdf", ".dynamic-sessions-mcp.notes",
	} {
		put(t, filepath.Join(home, "dir", path))
	}
	for _, path := range []string{"project/main.go", "0123456789abcdef0123456789abcdef/lock", "0123456789abcdef0123456789abcdef/box/used"} {
		put(t, filepath.Join(home, "elsewhere", path))
	}
	link(t, filepath.Join(home, "elsewhere"), filepath.Join(home, "dir", "kept"))
	makeOld(t, filepath.Join(home, "dir"))
	makeOld(t, filepath.Join(home, "elsewhere"))
}

// fillOwn makes things in the program's own folder that it did not make.
func fillOwn(t *testing.T, own, elsewhere string) {
	t.Helper()
	for _, path := range []string{
		"notes.txt", "snapshots/holiday/photo", "snapshots/0123456789abcdef/photo", "snapshots/making-7/photo",
		"kept/notes/a.txt", "kept/0123456789abcdef0123456789abcdef/a.txt", "run/mine/lock", "run/0123456789ab/thesis.tex",
		"install-7/a.txt", "install-notes/a.txt", "engine-0123456789ab/piston", "python-stuff/a.py", "downloads/book.pdf",
	} {
		put(t, filepath.Join(own, path))
	}
	for _, path := range []string{
		"run/abcdefabcdef", "snapshots/fedcba9876543210", "kept/fedcba9876543210fedcba9876543210", "install-8", "engine-fedcba987654",
	} {
		link(t, elsewhere, filepath.Join(own, path))
	}
	for _, dir := range []string{"snapshots", "kept", "run", "install-7", "install-notes", "engine-0123456789ab", "python-stuff", "downloads"} {
		makeOld(t, filepath.Join(own, dir))
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// makeOld gives everything in a folder a time long ago.
func makeOld(t *testing.T, dir string) {
	t.Helper()
	then := time.Now().Add(-90 * 24 * time.Hour)
	walk(t, dir, func(path string, info fs.FileInfo) {
		if info.Mode()&fs.ModeSymlink == 0 && filepath.Base(filepath.Dir(path)) != "dynamic-sessions-mcp" {
			if err := os.Chtimes(path, then, then); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func walk(t *testing.T, dir string, do func(path string, info fs.FileInfo)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), "python-3.14") { // the installation, which is large
			if e.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := e.Info()
		if err == nil {
			do(path, info)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func giveTo(t *testing.T, uid int, home string) {
	t.Helper()
	walk(t, home, func(path string, _ fs.FileInfo) {
		if err := os.Lchown(path, uid, uid); err != nil && uid != os.Geteuid() {
			t.Fatal(err)
		}
	})
}

// listing describes everything in home but what is in the program's own folder.
func listing(t *testing.T, home, own string) map[string]string {
	t.Helper()
	all := map[string]string{}
	walk(t, home, func(path string, info fs.FileInfo) {
		if path != home && path != own && path != filepath.Dir(own) && !strings.HasPrefix(path, own+"/") {
			all[path] = fingerprint(t, path, info)
		}
	})
	return all
}

// strangersIn describes what fillOwn made.
func strangersIn(t *testing.T, own string) map[string]string {
	t.Helper()
	all := map[string]string{}
	walk(t, own, func(path string, info fs.FileInfo) {
		text := ""
		if info.Mode().IsRegular() && info.Size() < 1<<10 {
			text = fingerprint(t, path, info)
		} else if info.Mode()&fs.ModeSymlink != 0 {
			text = fingerprint(t, path, info)
		}
		if data, _ := os.ReadFile(path); strings.HasPrefix(string(data), "precious: ") || info.Mode()&fs.ModeSymlink != 0 {
			all[path] = text
		}
	})
	return all
}

func fingerprint(t *testing.T, path string, info fs.FileInfo) string {
	t.Helper()
	content := ""
	switch {
	case info.Mode().IsRegular():
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content = fmt.Sprintf("%x", sha256.Sum256(data))
	case info.Mode()&fs.ModeSymlink != 0:
		content, _ = os.Readlink(path)
	}
	return fmt.Sprint(info.Mode(), info.Sys().(*syscall.Stat_t).Uid, info.ModTime(), content)
}

func compare(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if now, ok := after[path]; !ok {
			t.Errorf("%s: %s is gone", what, path)
		} else if now != before[path] {
			t.Errorf("%s: %s was %s and is %s", what, path, before[path], now)
		}
	}
	for path := range after {
		if _, ok := before[path]; !ok {
			t.Errorf("%s: %s was not there", what, path)
		}
	}
}

// lendInstallation gives the program's folder own the interpreter of the user's
// cache folder, in a form that another user can use.
func lendInstallation(t *testing.T, program, own string, uid int) {
	t.Helper()
	if out, err := exec.Command(program, "setup").CombinedOutput(); err != nil { // installs what is not there
		t.Fatalf("setup: %v\n%s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(e2etest.CacheHome(t), "dynamic-sessions-mcp", "python-*", ".complete"))
	if err != nil || len(found) == 0 {
		t.Fatalf("%v, %v", found, err)
	}
	from := filepath.Dir(found[0])
	to := filepath.Join(own, filepath.Base(from))
	if err := os.MkdirAll(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if uid == os.Geteuid() {
		link(t, from, to)
		return
	}
	err = filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		switch {
		case e.IsDir():
			return errors.Join(os.Mkdir(target, 0o755), os.Lchown(target, uid, uid))
		case e.Name() == ".complete":
			data, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(target, data, 0o644), os.Lchown(target, uid, uid))
		}
		return os.Link(path, target)
	})
	if errors.Is(err, syscall.EXDEV) {
		t.Skip("the temporary folder is on another disk than the cache folder")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// conversationOfOneCall is what a client sends that runs code once.
var conversationOfOneCall = e2etest.Initialize + "\n" + e2etest.Initialized + "\n" +
	e2etest.RunPython(1, "open('/mnt/data/f', 'w').write('x'); print(6 * 7)") + "\n"

// runAs runs a command of the program as a user and returns what it said. What
// serves over HTTP is ended when it is up.
func runAs(t *testing.T, uid int, home, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir()}
	cmd.Dir = "/"
	if uid != os.Geteuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	cmd.Stdin = strings.NewReader(conversationOfOneCall)
	out := &ready{when: []byte("clients must trust"), do: func() { _ = cmd.Process.Signal(syscall.SIGTERM) }}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out.said.String())
	}
	if args[0] == "serve" && !slices.Contains(args, "--transport=http") && !strings.Contains(out.said.String(), "42") {
		t.Errorf("%v said %s", args, out.said.String())
	}
	return out.said.String()
}

// A ready collects what a process says and acts once when it has said that it is
// up. It is used by one goroutine, as both streams of the process are one.
type ready struct {
	said bytes.Buffer
	when []byte
	do   func()
}

func (r *ready) Write(p []byte) (int, error) {
	n, err := r.said.Write(p)
	if r.do != nil && bytes.Contains(r.said.Bytes(), r.when) {
		r.do()
		r.do = nil
	}
	return n, err
}
