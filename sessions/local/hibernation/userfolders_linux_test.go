package hibernation_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
	"dynamic-sessions-mcp/sessions/userfolders"
)

// openUserFiles opens files of the user in many ways, and remembers a value. It
// defines attempt, which tells what reading gives.
const openUserFiles = `import mmap, os
import numpy as np
v = 42
def attempt(f):
    try: return repr(f())
    except Exception as e: return type(e).__name__
stays = open("data/stays"); stays.readline()
grows = np.memmap("data/grows", mode="r")
gone, deep, kind = (open("data/" + name) for name in ("gone", "sub/deep", "kind"))
shorter, replaced = open("data/shorter", "rb"), open("data/replaced")
mapped = mmap.mmap(gone.fileno(), 0, access=mmap.ACCESS_READ)
cursor = os.open("data/sub", os.O_RDONLY)
os.chdir("data/sub")`

// changeUserFiles is what the user does meanwhile.
func changeUserFiles(t *testing.T, data string) {
	t.Helper()
	in := func(name string) string { return filepath.Join(data, name) }
	if err := errors.Join(
		os.WriteFile(in("stays"), []byte("first\nsecond\nthird\n"), 0o644),
		os.WriteFile(in("grows"), []byte(strings.Repeat("y", 9000)), 0o644),
		os.Remove(in("gone")), os.RemoveAll(in("sub")),
		os.Remove(in("kind")), os.Mkdir(in("kind"), 0o755),
		os.Truncate(in("shorter"), 1),
		os.WriteFile(in("new"), []byte("new"), 0o644), os.Rename(in("new"), in("replaced")),
	); err != nil {
		t.Fatal(err)
	}
}

func makeUserFiles(t *testing.T) (data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	if err := os.MkdirAll(filepath.Join(data, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"stays": "first\nsecond\n", "grows": strings.Repeat("x", 4096), "gone": "gone", "sub/deep": "deep",
		"kind": "file", "shorter": "0123456789", "replaced": "old",
	} {
		if err := os.WriteFile(filepath.Join(data, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// TestUserFilesWhileAsleep changes and deletes what a sleeping session has open of the
// user's folders. It wakes with its variables, and only what is gone is lost, which is
// said once.
func TestUserFilesWhileAsleep(t *testing.T) {
	t.Parallel()
	data := makeUserFiles(t)
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, Folders: userfolders.New([]string{data})})
	id := sessions.NewID()
	first := localtest.Execute(t, pool, id, "import os; os.chdir('/mnt/user')\n"+openUserFiles)
	if first.Status != sessions.Succeeded {
		t.Fatalf("%+v", first.Error)
	}
	sleep(t, pool, id)
	changeUserFiles(t, data)
	x := localtest.Execute(t, pool, id, `print(v, attempt(stays.read), chr(grows[0]), attempt(gone.read), attempt(deep.read), attempt(kind.read),
 attempt(shorter.read), attempt(replaced.read), attempt(lambda: os.listdir(cursor)), sep="; ")`)
	const want = `42; 'second\nthird\n'; y; OSError; OSError; OSError; b'0'; 'new'; NotADirectoryError`
	if strings.TrimSpace(x.Stdout) != want || x.Restart != "" || x.Incarnation != first.Incarnation {
		t.Errorf("woken: got\n%s, want\n%s, restart %q, %+v", x.Stdout, want, x.Restart, x.Error)
	}
	for _, name := range []string{"/mnt/user/data/gone", "/mnt/user/data/sub/deep", "/mnt/user/data/kind", "/mnt/user/data/sub"} {
		if !strings.Contains(x.Stderr, name) {
			t.Errorf("it does not say that %s is lost: %s", name, x.Stderr)
		}
	}
	if strings.Contains(x.Stderr, "stays") {
		t.Errorf("it says that more is lost than is: %s", x.Stderr)
	}
	sleep(t, pool, id)
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if x := localtest.Execute(t, pool, id, "v, os.listdir('/mnt/user/data')"); x.Text != "(42, [])" || x.Restart != "" {
		t.Errorf("without the folder: %s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
}

// TestReplacedWhileOpen puts a session to sleep that has a file of the user open which
// has been replaced, and seen, meanwhile: gVisor could not save it.
func TestReplacedWhileOpen(t *testing.T) {
	t.Parallel()
	data := makeUserFiles(t)
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond, Folders: userfolders.New([]string{data})})
	id := sessions.NewID()
	replace := filepath.Join(data, "replaced")
	localtest.Execute(t, pool, id, "v = 42; f = open('/mnt/user/data/replaced')")
	sleep(t, pool, id)
	if err := errors.Join(os.WriteFile(replace+".new", []byte("new"), 0o644), os.Rename(replace+".new", replace)); err != nil {
		t.Fatal(err)
	}
	localtest.Execute(t, pool, id, "f = open('/mnt/user/data/replaced'); import os")
	if err := errors.Join(os.WriteFile(replace+".new", []byte("newer"), 0o644), os.Rename(replace+".new", replace)); err != nil {
		t.Fatal(err)
	}
	localtest.Execute(t, pool, id, "g = open('/mnt/user/data/replaced')")
	sleep(t, pool, id)
	if x := localtest.Execute(t, pool, id, "v, g.read()"); x.Text != "(42, 'newer')" || x.Restart != "" {
		t.Errorf("woken: %s, restart %q, %+v", x.Text, x.Restart, x.Error)
	}
}
