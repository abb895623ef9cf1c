//go:build tasks

package hostileforms

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// withResults is a victim who has a folder for results.
type withResults struct {
	*victim
	out string
}

func newVictimWithResults(t *testing.T) *withResults {
	t.Helper()
	home := t.TempDir()
	out := filepath.Join(home, "results")
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	return &withResults{newVictim(t, home, "--out="+out), out}
}

// TestHostileNames writes files with names that harm who reads them: terminals and
// file managers of people, and models.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	v := newVictimWithResults(t)
	r := v.run(t, `names = ['a\nb.txt', 'a\x1b[2Jb.txt', 'cod\u202egnp.exe.txt', 'zero\u200bwidth.txt', 'tab\tname.txt', 'bell\x07.txt', '..\\up.txt',
  'con.txt', 'nul', 'x' * 250 + '.txt', '.hidden', '~root.txt', '-rf.txt', '$(id).txt', "'; rm -rf ~;'.txt", 'good.txt', 'run.sh', 'x.desktop', 'lib.so']
import os
for n in names:
    try: open('/mnt/data/out/' + n, 'w').write('x')
    except OSError as e: print(ascii(n), e)`)
	if !strings.Contains(r.Text(), "good.txt") {
		t.Errorf("no good.txt in %s", r.Text())
	}
	for _, b := range r.Blocks {
		checkLetters(t, b.Text)
	}
	entries, err := os.ReadDir(v.out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		checkLetters(t, e.Name())
		if info, err := e.Info(); err == nil && info.Mode()&0o111 != 0 && !info.IsDir() {
			t.Errorf("%q can be executed: %v", e.Name(), info.Mode())
		}
	}
	if _, err := os.Stat(filepath.Join(v.out, "good.txt")); err != nil {
		t.Error(err)
	}
}

// checkLetters finds what moves the cursor or turns the direction of a line.
func checkLetters(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u200b') {
			t.Errorf("%q is in %.200q", r, text)
		}
	}
}

// TestHostileModes leaves what is no file, and files that can be executed.
func TestHostileModes(t *testing.T) {
	t.Parallel()
	v := newVictimWithResults(t)
	secret := filepath.Join(v.home, "secret.txt")
	if err := os.WriteFile(secret, []byte("the secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := v.run(t, fmt.Sprintf(`import os, socket
o = '/mnt/data/out/'
os.symlink(%q, o + 'link.txt'); os.symlink('/etc', o + 'etc'); os.symlink('..', o + 'up'); os.mkfifo(o + 'pipe.txt')
s = socket.socket(socket.AF_UNIX); s.bind(o + 'socket.txt')
open(o + 'run.sh', 'w').write('#!/bin/sh\ntouch ~/ran\n'); os.chmod(o + 'run.sh', 0o4777)
open('/mnt/data/inner', 'w').write('linked'); os.link('/mnt/data/inner', o + 'hard.txt')
open(o + 'sparse.bin', 'wb').truncate(10**12) if False else None
open(o + 'good.txt', 'w').write('good')`, secret))
	for name, want := range map[string]string{"good.txt": "good"} {
		if got, err := os.ReadFile(filepath.Join(v.out, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v\n%s", name, got, err, r.Text())
		}
	}
	entries, err := os.ReadDir(v.out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() && !info.IsDir() || !info.IsDir() && info.Mode()&0o7111 != 0 {
			t.Errorf("%s is %v, %v", e.Name(), info.Mode(), err)
		}
		if data, _ := os.ReadFile(filepath.Join(v.out, e.Name())); bytes.Contains(data, []byte("the secret")) {
			t.Errorf("%s has a secret of the person", e.Name())
		}
	}
	if !strings.Contains(r.Text(), "Not saved") {
		t.Errorf("the answer does not say that anything was left out: %s", r.Text())
	}
}

// TestHostileSwap has a folder swapped for a link, and back, while it is copied.
func TestHostileSwap(t *testing.T) {
	t.Parallel()
	v := newVictimWithResults(t)
	outside := filepath.Join(v.home, "outside")
	if err := os.Mkdir(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(outside, "f0.txt"), []byte("the secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	v.run(t, fmt.Sprintf(`import os, threading, time
o = '/mnt/data/out/'
os.makedirs(o + 'd')
for i in range(300): open(o + f'd/f{i}.txt', 'w').write('of the session')
end = time.monotonic() + 20
def swap():
    while time.monotonic() < end:
        try:
            os.rename(o + 'd', '/mnt/data/kept'); os.symlink(%q, o + 'd')
            os.remove(o + 'd'); os.rename('/mnt/data/kept', o + 'd')
        except OSError: time.sleep(.001)
threading.Thread(target=swap, daemon=True).start()`, outside))
	for range 3 {
		v.run(t, "open('/mnt/data/out/d/again.txt', 'a').write('x') if os.path.isdir('/mnt/data/out/d') and not os.path.islink('/mnt/data/out/d') else None")
	}
	err := filepath.WalkDir(v.out, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("the secret")) || e.Type()&os.ModeSymlink != 0 {
			t.Errorf("%s is from outside", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 1 {
		t.Errorf("outside is now %v, %v", left, err)
	}
}

// TestHostileReplacing has a person's files in the folder for results: none of them is
// replaced or deleted, whatever the code writes.
func TestHostileReplacing(t *testing.T) {
	t.Parallel()
	v := newVictimWithResults(t)
	mine := filepath.Join(v.out, "report.txt")
	if err := os.WriteFile(mine, []byte("the person's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(v.home, "elsewhere.txt"), filepath.Join(v.out, "linked.txt")); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) e2etest.Reply {
		return v.run(t, fmt.Sprintf("f = open('/mnt/data/out/%s', 'w'); f.write(%q); f.close()", name, text))
	}
	r := write("report.txt", "the session's")
	if !strings.Contains(r.Text(), "report-2.txt") {
		t.Errorf("the answer does not name report-2.txt: %s", r.Text())
	}
	write("linked.txt", "the session's")
	if _, err := os.Lstat(filepath.Join(v.home, "elsewhere.txt")); err == nil {
		t.Error("a link of the person was followed")
	}
	write("own.txt", "first")
	write("own.txt", "second")
	v.holds(t, "own.txt", "second")
	if err := os.WriteFile(filepath.Join(v.out, "own.txt"), []byte("edited by the person"), 0o600); err != nil {
		t.Fatal(err)
	}
	write("own.txt", "third")
	v.holds(t, "own.txt", "edited by the person")
	v.holds(t, "own-2.txt", "third")
	v.run(t, "import os\nfor f in os.listdir('/mnt/data/out'): os.remove('/mnt/data/out/' + f)")
	v.holds(t, "report.txt", "the person's")
	v.holds(t, "report-2.txt", "the session's")
}

// holds checks a file among the results.
func (v *withResults) holds(t *testing.T, name, want string) {
	t.Helper()
	if got, err := os.ReadFile(filepath.Join(v.out, name)); err != nil || string(got) != want {
		t.Errorf("%s is %q, %v, not %q", name, got, err, want)
	}
}

// TestHostileFolder takes the folder for results away, or makes a file of it.
func TestHostileFolder(t *testing.T) {
	t.Parallel()
	v := newVictimWithResults(t)
	if err := os.RemoveAll(v.out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.out, []byte("a file now"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := v.run(t, "f = open('/mnt/data/out/a.txt', 'w'); f.write('kept'); f.close()\nprint('ran')")
	if !strings.Contains(r.Text(), "ran") || !strings.Contains(r.Text(), "a.txt") {
		t.Errorf("the answer does not say what became of a.txt: %s", r.Text())
	}
	if err := os.Remove(v.out); err != nil {
		t.Fatal(err)
	}
	v.run(t, "open('/mnt/data/out/b.txt', 'w').write('x')")
	v.holds(t, "a.txt", "kept")
	v.holds(t, "b.txt", "x")
}
