//go:build containers

package containers

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

const hiddenText = "the-secret-of-the-user"

// A userHome has folders of the user, and what lies beside them.
type userHome struct{ dir, data, other, gone string }

func (e *startedEngine) newHome(t *testing.T) userHome {
	t.Helper()
	dir, err := os.MkdirTemp(e.dir, "home-*")
	if err != nil {
		t.Fatal(err)
	}
	h := userHome{dir, filepath.Join(dir, "Häfen, alt"), filepath.Join(dir, "other/Häfen, alt"), filepath.Join(dir, "gone")}
	for _, folder := range []string{h.data + "/sub/.git", h.data + "/.ssh", h.other, h.gone} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		h.data + "/a.csv": "a,b\n1,2\n", h.data + "/sub/deep é.txt": "deep", h.other + "/b.txt": "other", h.gone + "/c.txt": "gone",
		h.data + "/.env": hiddenText, h.data + "/.ssh/id": hiddenText, h.data + "/sub/.git/config": hiddenText, dir + "/outside": hiddenText,
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"absolute": dir + "/outside", "relative": "../outside", "up": strings.Repeat("../", 40) + "etc/passwd", "hidden": ".env", "inside": "a.csv",
		"mounted": "/host/Häfen, alt/.env", "cache": "/cache",
	} {
		if err := os.Symlink(target, filepath.Join(h.data, name)); err != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("unix", h.data+"/socket")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	if err := syscall.Mkfifo(h.data+"/fifo", 0o666); err != nil {
		t.Fatal(err)
	}
	if e.who != 0 {
		e.give(t, dir)
	}
	return h
}

// folderTools are functions of the code.
const folderTools = `import os, socket
U = "/mnt/user/Häfen, alt"
def attempt(f):
    try: return repr(f())
    except Exception as e: return type(e).__name__
def read(path): return open(path).read()
def connect(path):
    with socket.socket(socket.AF_UNIX) as s: s.connect(path)
`

// testFolders has code look at the user's folders in a container as it does on this
// system: what it sees of them, and what it must not.
func (e *startedEngine) testFolders(t *testing.T) {
	h := e.newHome(t)
	agent := e.serve(t, e.dir+"/bin/sessions", "--allow-dir="+h.data, "--allow-dir="+h.other, "--allow-dir="+h.gone).Agent(t, "test")
	sees := func(what, code, want string) {
		t.Helper()
		if got := agent.Run("print(" + code + ")").Text(); !strings.Contains(got, "stdout:\n"+want) {
			t.Errorf("%s: code sees %s, want %s", what, got, want)
		}
	}
	agent.Run(folderTools)
	sees("folders", "sorted(os.listdir('/mnt/user'))", "['Häfen, alt', 'Häfen, alt-2', 'gone']")
	sees("files", "[read(U + n) for n in ('/a.csv', '/sub/deep é.txt', '-2/b.txt', '/inside')]", `['a,b\n1,2\n', 'deep', 'other', 'a,b\n1,2\n']`)
	sees("hidden files", "*[attempt(lambda: read(U + n)) for n in ('/.env', '/.ssh/id', '/sub/.git/config', '/hidden')]",
		"PermissionError PermissionError PermissionError PermissionError")
	sees("links that lead out", "{attempt(lambda: read(U + n)) for n in ('/absolute', '/relative', '/mounted', '/cache/run')} <= {'FileNotFoundError', 'PermissionError'}, 'root:x:' in attempt(lambda: read(U + '/up')), 'python' in attempt(lambda: os.listdir(U + '/cache'))",
		"True "+e.ownPasswd(agent)+" False")
	sees("what is no file", "attempt(lambda: connect(U + '/socket')) != 'None', attempt(lambda: os.open(U + '/fifo', os.O_RDONLY | os.O_NONBLOCK))", "True PermissionError")
	sees("writing", "{attempt(lambda: open(U + n, 'w')) for n in ('/a.csv', '/new', '-2/new')} | {attempt(lambda: os.remove(U + '/a.csv')), attempt(lambda: os.chmod(U + '/a.csv', 0o777))} <= {'OSError', 'PermissionError'}", "True")

	if err := errors.Join(os.WriteFile(h.data+"/a.csv", []byte("a,b\n1,2\n3,4\n"), 0o644), os.WriteFile(h.data+"/.later", []byte(hiddenText), 0o644),
		os.WriteFile(h.data+"/new.txt", []byte("new"), 0o644), os.RemoveAll(h.gone)); err != nil {
		t.Fatal(err)
	}
	sees("what has changed", "read(U + '/a.csv')[8:], read(U + '/new.txt'), attempt(lambda: read(U + '/.later')), attempt(lambda: os.listdir('/mnt/user/gone'))", "3,4\n new PermissionError []")
	if text := agent.Call("list_files", map[string]any{"path": "/mnt/user/Häfen, alt"}).Text(); !strings.Contains(text, "a.csv") || strings.Contains(text, ".ssh") {
		t.Errorf("list_files: %s", text)
	}
	if got, err := os.ReadFile(h.data + "/a.csv"); string(got) != "a,b\n1,2\n3,4\n" {
		t.Errorf("the file is %q, %v", got, err)
	}
	if err := errors.Join(os.Rename(h.other, h.dir+"/away"), os.Mkdir(h.other, 0o755)); err != nil {
		t.Fatal(err)
	}
	if text := agent.Run("1").Text(); !strings.Contains(text, h.other+" was made, or has replaced another folder, after") {
		t.Errorf("when a folder was replaced: %s", text)
	}
	e.testSettings(t, h)
}

// ownPasswd is whether a session has an own /etc/passwd with root in it, to which links
// lead that climb to the root.
func (e *startedEngine) ownPasswd(agent *e2etest.Agent) string {
	text := agent.Run("print('root:x:' in attempt(lambda: read('/etc/passwd')))").Text()
	if strings.Contains(text, "True") {
		return "True"
	}
	return "False"
}

// testSettings has code see no folder, and hidden files.
func (e *startedEngine) testSettings(t *testing.T, h userHome) {
	look := fmt.Sprintf("import os\nprint(os.listdir('/mnt/user') and open('/mnt/user/%s/.env').read())", filepath.Base(h.data))
	for flag, want := range map[string]string{"--mount=off": "[]", "--allow-hidden": hiddenText} {
		agent := e.serve(t, e.dir+"/bin/sessions", "--allow-dir="+h.data, flag).Agent(t, "test")
		if text := agent.Run(look).Text(); !strings.Contains(text, want) {
			t.Errorf("%s: code sees %s, want %s", flag, text, want)
		}
	}
	said := output(t, e.command(e.dir+"/bin/sessions", "doctor", "--out=none", "--allow-dir="+h.data), "")
	if want := "ok    mounts        code sees, and cannot change, " + h.data + " as /mnt/user/" + filepath.Base(h.data); !strings.Contains(said, want) {
		t.Errorf("the doctor does not say %s:\n%s", want, said)
	}
}
