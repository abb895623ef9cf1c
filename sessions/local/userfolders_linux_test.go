package local_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
	"dynamic-sessions-mcp/sessions/userfolders"
)

// secret is what code must not find of the user's.
const secret = "the-secret-of-the-user"

// A userHome has two folders of the user, of one name, and what lies beside them.
type userHome struct{ dir, data, other string }

func newUserHome(t *testing.T) userHome {
	t.Helper()
	dir := t.TempDir()
	h := userHome{dir, filepath.Join(dir, "data"), filepath.Join(dir, "other/data")}
	for _, folder := range []string{h.data + "/sub/.git", h.data + "/.ssh", h.other} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"data/a.csv": "a,b\n1,2\n", "data/sub/deep.txt": "deep", "data/with space é.txt": "named", "other/data/b.txt": "other",
		"data/.env": secret, "data/.ssh/id": secret, "data/sub/.git/config": secret, "outside": secret,
	} {
		h.write(t, name, text)
	}
	return h
}

func (h userHome) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (h userHome) folders() userfolders.Folders { return userfolders.New([]string{h.data, h.other}) }

// attempt is a function of the code that says what became of another one.
const attempt = `import os
def attempt(f):
    try: return repr(f())
    except Exception as e: return type(e).__name__
`

// TestUserFolders has the user change their folders while code sees them.
func TestUserFolders(t *testing.T) {
	t.Parallel()
	h := newUserHome(t)
	pool, id := localtest.New(t, local.Options{Folders: h.folders()}), sessions.NewID()
	sees := func(what, code, want string) {
		t.Helper()
		if x := localtest.Execute(t, pool, id, code); x.Text != want || x.Restart != "" {
			t.Errorf("%s: code sees %s, want %s, restart %q %+v", what, x.Text, want, x.Restart, x.Error)
		}
	}
	localtest.Execute(t, pool, id, attempt)
	sees("folders", "sorted(os.listdir('/mnt/user'))", "['data', 'data-2']")
	sees("files", "[open('/mnt/user/' + n).read() for n in ('data/a.csv', 'data/sub/deep.txt', 'data/with space é.txt', 'data-2/b.txt')]",
		`['a,b\n1,2\n', 'deep', 'named', 'other']`)

	h.write(t, "data/a.csv", "a,b\n1,2\n3,4\n")
	h.write(t, "data/new.txt", "new")
	sees("a grown file and a new one", "open('/mnt/user/data/a.csv').read()[8:], open('/mnt/user/data/new.txt').read()", `('3,4\n', 'new')`)
	if err := os.Remove(h.data + "/new.txt"); err != nil {
		t.Fatal(err)
	}
	sees("a removed file", "attempt(lambda: open('/mnt/user/data/new.txt'))", "'FileNotFoundError'")

	if err := os.Rename(h.other, h.other+"-away"); err != nil {
		t.Fatal(err)
	}
	sees("a folder that is gone", "os.listdir('/mnt/user/data-2')", "[]")
	if err := errors.Join(os.Mkdir(h.other, 0o755), os.WriteFile(h.other+"/again", []byte("again"), 0o644)); err != nil {
		t.Fatal(err)
	}
	again := `"['again']"`
	if !localtest.Namespaced(t) {
		again = "'PermissionError'" // what a gofer may read was decided when it started
	}
	sees("a folder that was replaced", "attempt(lambda: os.listdir('/mnt/user/data-2'))", again)

	if x := localtest.Execute(t, pool, id, "os._exit(1)"); x.Status == sessions.Succeeded {
		t.Error("the interpreter did not die")
	}
	x := localtest.Execute(t, pool, id, "import os; os.listdir('/mnt/user/data-2')")
	if x.Text != "['again']" {
		t.Errorf("after a restart: %s %+v", x.Text, x.Error)
	}
}

// TestUserFoldersCountNowhere: what the user has is no file of the session.
func TestUserFoldersCountNowhere(t *testing.T) {
	t.Parallel()
	h := newUserHome(t)
	h.write(t, "data/large", strings.Repeat("x", 4<<20))
	pool, id := localtest.New(t, local.Options{Folders: h.folders(), Disk: 1 << 20}), sessions.NewID()
	x := localtest.Execute(t, pool, id, "f = open('/mnt/user/data/large'); len(f.read())")
	if x.Text != "4194304" || len(x.Files) != 0 || x.Disk != nil {
		t.Errorf("got %s, files %v, disk %v %+v", x.Text, x.Files, x.Disk, x.Error)
	}
	// A deleted file that is still open counts only if it is the session's.
	if err := os.Remove(h.data + "/large"); err != nil {
		t.Fatal(err)
	}
	x = localtest.Execute(t, pool, id, "open('/mnt/data/x', 'w').write('x'), f.seek(0), len(f.read())")
	if x.Text != "(1, 0, 4194304)" || x.Disk != nil {
		t.Errorf("with an open file that the user deleted: %s, disk %v %+v", x.Text, x.Disk, x.Error)
	}
	if list, err := pool.List(t.Context(), id, "", true); err != nil || len(list.Files) != 1 {
		t.Errorf("the session's files: %v, %v", list.Files, err)
	}
}

// TestHiddenFiles has files become hidden and visible in the user's folders. Code
// reads none that is hidden when its execution begins.
func TestHiddenFiles(t *testing.T) {
	t.Parallel()
	h := newUserHome(t)
	pool, id := localtest.New(t, local.Options{Folders: h.folders()}), sessions.NewID()
	reads := func(what string, names []string, want string) {
		t.Helper()
		x := localtest.Execute(t, pool, id, attempt+fmt.Sprintf("print(*[attempt(lambda: open('/mnt/user/data/' + n).read()) for n in %s])", pythonList(names)))
		if got := strings.TrimSpace(x.Stdout); got != want {
			t.Errorf("%s: got %s, want %s", what, got, want)
		}
	}
	reads("at first", []string{".env", ".ssh/id", "sub/.git/config"}, "PermissionError PermissionError PermissionError")
	h.write(t, "data/.later", secret)
	h.write(t, "data/sub/.later", secret)
	reads("new ones", []string{".later", "sub/.later"}, "PermissionError PermissionError")
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(filepath.Join(h.data, from), filepath.Join(h.data, to)); err != nil {
			t.Fatal(err)
		}
	}
	rename(".env", "env")
	reads("shown", []string{"env", ".env"}, "'"+secret+"' FileNotFoundError")
	rename("env", ".env")
	reads("hidden again", []string{".env", "env"}, "PermissionError FileNotFoundError")
	rename(".later", ".env") // as an editor replaces a file
	reads("replaced", []string{".env"}, "PermissionError")
	rename("sub", "moved")
	reads("in a folder that was moved", []string{"moved/.git/config", "moved/deep.txt"}, "PermissionError 'deep'")
	rename("moved", ".moved")
	reads("in a hidden folder", []string{".moved/deep.txt"}, "PermissionError")
	rename(".moved", "shown")
	reads("in a folder that is hidden no more", []string{"shown/.git/config", "shown/deep.txt"}, "PermissionError 'deep'")

	// A folder that the user takes away stays as it is for code that has it open.
	localtest.Execute(t, pool, id, attempt+`data = os.open("/mnt/user/data", os.O_RDONLY); os.chdir("/mnt/user/data/shown")
def held(): return [attempt(lambda: os.open(n, os.O_RDONLY, dir_fd=data)) for n in (".env", "shown/.git/config")] + [attempt(lambda: open(".git/config").read())]`)
	for _, away := range []bool{true, false} {
		from, to := h.data, h.dir+"/away"
		if !away {
			from, to = to, from
		}
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
		if x := localtest.Execute(t, pool, id, "print(*held())"); strings.TrimSpace(x.Stdout) != "PermissionError PermissionError PermissionError" {
			t.Errorf("in a folder that is held open, away %v: %s %+v", away, x.Stdout, x.Error)
		}
	}

	open := localtest.New(t, local.Options{Folders: h.folders(), FoldersHidden: true})
	if x := localtest.Execute(t, open, sessions.NewID(), "open('/mnt/user/data/.env').read()"); x.Text != "'"+secret+"'" {
		t.Errorf("with hidden files allowed: %s %+v", x.Text, x.Error)
	}
}

func pythonList(names []string) string {
	return "['" + strings.Join(names, "', '") + "']"
}

// TestAttacksOnUserFolders tries to change the user's folders, to reach what lies
// beside them, and to use what is no file.
func TestAttacksOnUserFolders(t *testing.T) {
	t.Parallel()
	h := newUserHome(t)
	for name, target := range map[string]string{
		"absolute": h.dir + "/outside", "relative": "../outside", "up": strings.Repeat("../", 40) + strings.TrimPrefix(h.dir, "/") + "/outside",
		"folder": h.dir, "hidden": ".env", "fd": "/proc/self/root" + h.dir + "/outside",
	} {
		if err := os.Symlink(target, filepath.Join(h.data, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(h.data+"/fifo", 0o666); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", h.data+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	_ = syscall.Mknod(h.data+"/device", syscall.S_IFCHR|0o666, 1<<8|5) // as root: /dev/zero
	before := snapshotOf(t, h.dir)
	pool, id := localtest.New(t, local.Options{Folders: h.folders()}), sessions.NewID()
	for name, code := range userFolderAttacks {
		x := localtest.Execute(t, pool, id, userFolderTools+code)
		if x.Status != sessions.Succeeded || strings.TrimSpace(x.Stdout) != "contained" {
			t.Errorf("%s: %s %q %+v", name, x.Status, x.Stdout, x.Error)
		}
	}
	if after := snapshotOf(t, h.dir); after != before {
		t.Errorf("the user's folders were\n%s, and are\n%s", before, after)
	}
}

// userFolderTools are functions of the attacks.
const userFolderTools = `import os, socket, subprocess, ctypes, shutil, sys
U = "/mnt/user/data"
libc = ctypes.CDLL(None, use_errno=True)
def refused(*functions):
    """Says which of the functions do not fail."""
    found = []
    for i, f in enumerate(functions):
        try: found.append((i, f()))
        except Exception: pass
    print(found or "contained")
def read(path, flags=os.O_RDONLY):
    fd = os.open(path, flags)
    try: return os.read(fd, 100)
    finally: os.close(fd)
`

// userFolderAttacks each print "contained", or what they found.
var userFolderAttacks = map[string]string{
	"writing": `refused(*[lambda f=f: os.open(U + "/a.csv", f) for f in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_APPEND, os.O_RDONLY | os.O_TRUNC)],
 lambda: os.open(U + "/new", os.O_WRONLY | os.O_CREAT), lambda: os.open(U, os.O_TMPFILE | os.O_RDWR), lambda: os.truncate(U + "/a.csv", 0),
 lambda: open("/mnt/user/new", "w"), lambda: shutil.copy(U + "/a.csv", U + "/b.csv"))`,
	"changing": `refused(lambda: os.chmod(U + "/a.csv", 0o777), lambda: os.chmod(U + "/.env", 0o777), lambda: os.chown(U + "/a.csv", 0, 0), lambda: os.utime(U + "/a.csv"),
 lambda: os.setxattr(U + "/a.csv", "user.x", b"x"), lambda: os.chmod(U, 0o777), lambda: os.lchown(U + "/absolute", 0, 0))`,
	"removing": `refused(lambda: os.remove(U + "/a.csv"), lambda: os.remove(U + "/.env"), lambda: os.rmdir(U + "/sub"), lambda: shutil.rmtree(U), lambda: os.rmdir("/mnt/user"))`,
	"renaming": `refused(lambda: os.rename(U + "/a.csv", U + "/b.csv"), lambda: os.rename(U + "/.env", U + "/env"), lambda: os.rename(U + "/a.csv", "/mnt/data/a.csv"),
 lambda: os.rename("/mnt/data", U + "/x"), lambda: os.replace(U, "/mnt/user/other"))`,
	"making":     `refused(lambda: os.mkdir(U + "/x"), lambda: os.symlink("/", U + "/x"), lambda: os.mkfifo(U + "/x"), lambda: os.mknod(U + "/x"), lambda: socket.socket(socket.AF_UNIX).bind(U + "/x"))`,
	"hard links": `refused(lambda: os.link(U + "/a.csv", "/mnt/data/a.csv"), lambda: os.link(U + "/a.csv", U + "/b.csv"), lambda: os.link(U + "/.env", "/mnt/data/env"))`,
	"descriptors": `fd = os.open(U + "/a.csv", os.O_RDONLY); up = os.open(U, os.O_RDONLY); path = os.open(U + "/.env", os.O_PATH)
refused(lambda: os.open(f"/proc/self/fd/{fd}", os.O_RDWR), lambda: os.ftruncate(fd, 0), lambda: os.write(fd, b"x"), lambda: os.fchmod(fd, 0o777),
 lambda: read(f"/proc/self/fd/{path}"), lambda: os.link(f"/proc/self/fd/{fd}", "/mnt/data/l"), lambda: os.open("new", os.O_CREAT | os.O_WRONLY, dir_fd=up))`,
	"hidden files": `refused(lambda: read(U + "/.env"), lambda: read(U + "/hidden"), lambda: read(U + "/sub/../.env"), lambda: read(U + "/./.ssh/id"), lambda: os.listdir(U + "/.ssh"),
 lambda: os.chdir(U + "/sub/.git"), lambda: read(U + "/sub/.git/config"), lambda: shutil.copytree(U + "/.ssh", "/mnt/data/ssh"))`,
	"the secret": `out = subprocess.run(["grep", "-rasl", "` + secret + `", "/mnt", "/tmp", "/var"], capture_output=True, text=True).stdout
print(out or "contained")`,
	"links": `refused(*[lambda n=n: read(U + "/" + n) for n in ("absolute", "relative", "up", "fd", "folder/outside")], lambda: os.listdir(U + "/folder"))`,
	"above": `names = {n for p in (U + "/..", U + "/../..", "/mnt/user/../..", U + "/sub/../../../..") for n in os.listdir(p)}
fd = os.open(U, os.O_RDONLY)
names |= set(os.listdir(os.open("..", os.O_RDONLY, dir_fd=fd))) | set(os.listdir(os.open("../../..", os.O_RDONLY, dir_fd=fd)))
print("contained" if not names & {"outside", "other", "root", "home", "boot", "srv"} else names)`,
	"no files": `def connect():
    with socket.socket(socket.AF_UNIX) as s: s.connect(U + "/socket")
refused(connect, lambda: read(U + "/fifo", os.O_RDONLY | os.O_NONBLOCK), lambda: os.open(U + "/fifo", os.O_WRONLY | os.O_NONBLOCK), lambda: read(U + "/device"))`,
	"mounts": `refused(lambda: 1 / (1 + libc.mount(b"none", U.encode(), b"", 32 | 4096, None)), lambda: 1 / (1 + libc.umount2(U.encode(), 2)),
 lambda: 1 / (1 + libc.mount(b"x", U.encode(), b"tmpfs", 0, None)), lambda: 1 / (1 + libc.umount2((U + "/.env").encode(), 0)))
`,
	"running": `refused(lambda: subprocess.run([U + "/program"], check=True))`,
}

// snapshotOf describes all that is in a folder.
func snapshotOf(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			fmt.Fprintln(&b, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
