package delivery

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/sessionpath"
	"dynamic-sessions-mcp/tools/toolstest"
)

// A desk is a user's folder with a saver of a session.
type desk struct {
	*testing.T
	pool   *sessionstest.Fake
	folder string
	id     sessions.ID
	saver  *Saver
}

func newDesk(t *testing.T, change func(*Options)) *desk {
	t.Helper()
	home := t.TempDir()
	d := &desk{T: t, pool: &sessionstest.Fake{}, folder: filepath.Join(home, "python-output"), id: sessions.NewID()}
	d.saver = d.open(change)
	return d
}

// open opens a saver, as a server does that continues with the session.
func (d *desk) open(change func(*Options)) *Saver {
	d.Helper()
	opts := Options{Pool: d.pool, Folder: d.folder, Home: filepath.Dir(d.folder), Dir: sessionpath.New(""), Patience: time.Minute}
	if change != nil {
		change(&opts)
	}
	s, err := New(opts)
	if err != nil {
		d.Fatal(err)
	}
	d.Cleanup(func() { _ = s.Close() })
	return s
}

// reopen is open for the server that comes next: the system has closed what the one
// before had open.
func (d *desk) reopen(change func(*Options)) {
	d.Helper()
	if err := d.saver.record.close(); err != nil {
		d.Fatal(err)
	}
	d.saver = d.open(change)
}

// write writes a file of the session.
func (d *desk) write(name, text string) {
	d.Helper()
	if _, err := d.pool.Upload(d.Context(), d.id, name, strings.NewReader(text)); err != nil {
		d.Fatal(err)
	}
}

// says delivers, and fails unless the lines have the parts, or are none if there is no
// part.
func (d *desk) says(parts ...string) {
	d.Helper()
	text := strings.Join(d.saver.Deliver(d.Context(), d.id, nil), "\n")
	for _, part := range parts {
		part = strings.ReplaceAll(part, "~/python-output", short(d.folder, filepath.Dir(d.folder)))
		if !strings.Contains(text, part) {
			d.Errorf("no %q in %q", part, text)
		}
	}
	if len(parts) == 0 && text != "" {
		d.Errorf("it says %q", text)
	}
}

// has compares a file of the user; "" is none.
func (d *desk) has(name, text string) {
	d.Helper()
	data, err := os.ReadFile(filepath.Join(d.folder, name))
	if string(data) != text || (err != nil) != (text == "") {
		d.Errorf("%s is %q, %v, and not %q", name, data, err, text)
	}
}

// put writes a file of the user.
func (d *desk) put(name, text string) {
	d.Helper()
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		d.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.folder, name), []byte(text), 0o600); err != nil {
		d.Fatal(err)
	}
}

func TestFilesAreSavedAndReplaced(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.says()
	if _, err := os.Stat(d.folder); err == nil {
		t.Error("a folder was made for nothing")
	}
	d.write("other.csv", "not for the user")
	d.write("out/report.csv", "one")
	d.write("out/plots/a.png", "picture")
	d.says("Saved for the user in ~/python-output: plots/a.png, report.csv")
	d.says()
	d.write("out/report.csv", "two")
	d.says("Saved for the user in ~/python-output: report.csv")
	d.has("report.csv", "two")
	d.has("plots/a.png", "picture")
	d.has("other.csv", "")
	info, err := os.Stat(filepath.Join(d.folder, "report.csv"))
	if owner := fs.FileMode(0o600); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != owner {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestFilesOfTheUserStay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.put("report.csv", "the user's")
	d.write("out/report.csv", "ours")
	d.says("report-2.csv (report.csv there is another file")
	d.has("report.csv", "the user's")
	d.has("report-2.csv", "ours")
	d.write("out/report.csv", "ours, again")
	d.says("Saved for the user in ~/python-output: report-2.csv")
	d.has("report-2.csv", "ours, again")
	d.put("report-2.csv", "ours, edited")
	d.write("out/report.csv", "ours, at last")
	d.says("report-3.csv")
	d.has("report-2.csv", "ours, edited")
	d.has("report-3.csv", "ours, at last")
	if err := os.Remove(filepath.Join(d.folder, "report-3.csv")); err != nil {
		t.Fatal(err)
	}
	d.says() // the user has thrown it away
	d.put("same.csv", "the same")
	d.write("out/same.csv", "the same")
	d.says("same.csv")
	d.write("out/same.csv", "not the same")
	d.says("same-2.csv")
	d.has("same.csv", "the same")
}

func TestAServerThatContinues(t *testing.T) {
	t.Parallel()
	record := filepath.Join(t.TempDir(), "record")
	keep := func(o *Options) { o.Record = record }
	d := newDesk(t, keep)
	d.write("out/a.csv", "one")
	d.says("a.csv")
	d.write("out/a.csv", "two")
	d.write("out/b.csv", "not copied before the server was killed")
	d.reopen(keep)
	d.says("Saved for the user in ~/python-output: a.csv, b.csv")
	d.has("a.csv", "two")
	d.has("a-2.csv", "")
	d.reopen(keep)
	d.says()
	if left, _ := filepath.Glob(filepath.Join(d.folder, ".*")); left != nil {
		t.Errorf("left: %q", left)
	}

	// Killed after a file got its name, or before: either way it is ours.
	lines, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	d.write("out/a.csv", "three")
	d.says("a.csv")
	all, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	intent := bytes.SplitAfter(all[len(lines):], []byte("\n"))[0]
	for _, torn := range [][]byte{nil, []byte(`{"path":"a.c`)} {
		if err := os.WriteFile(record, slices.Concat(lines, intent, torn), 0o600); err != nil {
			t.Fatal(err)
		}
		d.reopen(keep)
		d.says("Saved for the user in ~/python-output: a.csv")
		d.has("a.csv", "three")
		d.has("a-2.csv", "")
	}
}

func TestNamesThatHarm(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	for _, name := range []string{"conftest.py", "run.exe", "Makefile", "CLAUDE.md", ".env", ".git/hooks/x.txt", "con.txt", "a:b.csv", "zero\u200bwidth.csv", "A.csv", "a.csv", "__pycache__/x.pyc"} {
		d.write("out/"+name, name)
	}
	d.says("conftest.py.txt (conftest.py, so that nothing runs it by accident)", "run.exe.txt", "Makefile.txt", "CLAUDE.md.txt", "A.csv",
		".env (it is hidden)", "a:b.csv, con.txt (it has a name that means something else", `zero\u200bwidth.csv" (it has an invisible`, "a.csv (it differs from another name only in upper and lower case")
	d.says()
	entries, err := os.ReadDir(d.folder)
	if err != nil || len(entries) != 5 {
		t.Errorf("%v, %v", entries, err)
	}
	d.write("out/a.csv", "changed") // the other one stays the one that is there
	d.says("a.csv (it differs")
	d.has("A.csv", "A.csv")
	if again, err := os.ReadDir(d.folder); err != nil || len(again) != 5 {
		t.Errorf("%v, %v", again, err)
	}
}

func TestFoldersThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.write("out/a.csv", "a")
	target := t.TempDir()
	if !toolstest.Link(t, target, d.folder) {
		t.Skip("this system makes no links for everybody")
	}
	d.says("Not saved in ~/python-output, because the folder was replaced by a link, which is not followed: a.csv.", "Nothing is lost: the files stay in /mnt/data/out")
	if left, _ := os.ReadDir(target); len(left) != 0 {
		t.Errorf("%v", left)
	}
	if err := os.Remove(d.folder); err != nil {
		t.Fatal(err)
	}
	d.put("../python-output-file", "x")
	d.says("Saved for the user in ~/python-output: a.csv")

	// A folder in it that leads out.
	if err := os.Symlink(target, filepath.Join(d.folder, "plots")); err != nil {
		t.Fatal(err)
	}
	d.write("out/plots/a.png", "a")
	d.says("Not saved: plots/a.png")
	if left, _ := os.ReadDir(target); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	d := newDesk(t, func(o *Options) { o.MaxBytes = 10 })
	d.write("out/a.csv", "12345")
	d.write("out/b.csv", "1234567")
	d.says("Saved for the user in ~/python-output: a.csv", "b.csv (with it, all files would be larger than a session's disk, which --disk sets)")
	d.write("out/a.csv", "1234567890")
	d.says("a.csv")
	for i := range maxFiles + 3 {
		d.write(fmt.Sprintf("out/many/%d.txt", i), "")
	}
	d.says("many/ (1998 files)", "5 more files, since a session can save 2000", `shutil.make_archive("/mnt/data/out/all", "zip", …)`)
	d.says("5 more files")
}

// torn is a pool whose files grow while they are read.
type torn struct{ *sessionstest.Fake }

func (p torn) Download(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
	f, body, err := p.Fake.Download(ctx, id, name)
	if err == nil && strings.Contains(name, "grows") {
		body = io.NopCloser(io.MultiReader(body, strings.NewReader("more")))
	}
	return f, body, err
}

func TestFilesThatChangeMeanwhile(t *testing.T) {
	t.Parallel()
	d := newDesk(t, nil)
	d.saver = d.open(func(o *Options) { o.Pool = torn{d.pool} })
	d.write("out/grows.log", "text")
	d.write("out/a.csv", "a")
	d.says("Saved for the user in ~/python-output: a.csv", "grows.log (it changed while it was copied; the next run tries again)")
	d.has("grows.log", "")
	d.saver = d.open(nil)
	d.says("grows.log")
	d.has("grows.log", "text")
}

// slow is a pool whose file large.bin takes as long as the test wants.
type slow struct {
	*sessionstest.Fake
	held chan struct{}
}

func (p slow) Download(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
	if strings.Contains(name, "large") {
		select {
		case <-p.held:
		case <-ctx.Done():
			return sessions.File{}, nil, ctx.Err()
		}
	}
	return p.Fake.Download(ctx, id, name)
}

func TestLargeFilesAreSavedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testLargeFiles)
}

func testLargeFiles(t *testing.T) {
	d := newDesk(t, nil)
	p := slow{d.pool, make(chan struct{})}
	d.saver = d.open(func(o *Options) { o.Pool, o.Patience = p, time.Second })
	d.write("out/large.bin", strings.Repeat("x", 1000))
	d.write("out/small.csv", "x")
	d.says("Still being saved in ~/python-output: large.bin. The answer to a later run says when that is done.")
	d.has("small.csv", "x")
	d.has("large.bin", "")
	close(p.held)
	d.saver.jobs.Wait()
	d.says("Saved for the user in ~/python-output: large.bin, small.csv")

	p = slow{d.pool, make(chan struct{})}
	d.saver = d.open(func(o *Options) { o.Pool, o.Patience = p, time.Second })
	d.write("out/large.bin", "again")
	d.says("Still")
	if err := d.saver.Close(); err != nil {
		t.Error(err)
	}
	d.has("large.bin", strings.Repeat("x", 1000))
}
