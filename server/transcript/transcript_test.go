package transcript

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/sessionstest"
	"dynamic-sessions-mcp/tools/notebook"
)

const id sessions.ID = "0123456789abcdef0123456789abcdef"

// echo is a pool whose code prints itself, and writes it to a file.
func echo() *sessionstest.Fake {
	var pool *sessionstest.Fake
	pool = &sessionstest.Fake{Script: func(ctx context.Context, id sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		f, err := pool.Upload(ctx, id, "made.txt", strings.NewReader(req.Code))
		return &sessions.Execution{Status: sessions.Succeeded, Stdout: req.Code, Text: "1",
			Files: []sessions.FileChange{{File: f, Kind: sessions.FileModified}}}, err
	}}
	return pool
}

// recorded runs code in a pool and returns the files of the transcript.
func recorded(t *testing.T, o Options, codes ...string) (notebooks, logs []string) {
	t.Helper()
	rec := New(o)
	store := notebook.NewStore(notebook.Options{Observer: rec, Earlier: rec.Earlier})
	rec.Keep(store.Encode)
	r := notebook.Read(strings.NewReader("a,b\n"))
	if _, err := o.Pool.Upload(t.Context(), id, "in.csv", r); err != nil {
		t.Fatal(err)
	}
	store.Uploaded(id, r.Upload("in.csv"))
	for _, code := range codes {
		x, err := o.Pool.Execute(t.Context(), id, sessions.Request{Code: code})
		if err != nil {
			t.Fatal(err)
		}
		store.Ran(id, notebook.Run{Code: code, Began: time.Now(), Outcome: x})
	}
	rec.Close()
	rec.Close() // does no harm
	notebooks, _ = filepath.Glob(filepath.Join(o.Dir, "*.ipynb"))
	logs, _ = filepath.Glob(filepath.Join(o.Dir, "*.jsonl"))
	return notebooks, logs
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestTranscript: a notebook and a log, which is whole and has what happened.
func TestTranscript(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "transcripts")
	notebooks, logs := recorded(t, Options{Dir: dir, Pool: echo(), About: About{Program: "test", Python: "3"}}, "first", "second")
	if len(notebooks) != 1 || len(logs) != 1 || strings.TrimSuffix(notebooks[0], ".ipynb") != strings.TrimSuffix(logs[0], ".jsonl") {
		t.Fatalf("files: %q %q", notebooks, logs)
	}
	var book struct{ Cells []any }
	if err := json.Unmarshal(readFile(t, notebooks[0]), &book); err != nil || len(book.Cells) != 5 {
		t.Errorf("the notebook: %v, %d cells", err, len(book.Cells))
	}
	data := readFile(t, logs[0])
	if strings.Contains(string(data), string(id)) || strings.Contains(string(data), dir) {
		t.Errorf("names of sessions or paths: %s", data)
	}
	l, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, r := range l.Records {
		kinds = append(kinds, r.Kind)
	}
	if got := strings.Join(kinds, " "); !strings.HasPrefix(got, "open upload run files run files") || !strings.HasSuffix(got, " close") {
		t.Errorf("records: %s", got)
	}
	run := l.Records[2].Run
	if run.Code != "first" || run.Stdout.Text != "first" || run.Session != 1 || run.Number != 1 || string(*l.Records[1].Upload.Content) != "a,b\n" {
		t.Errorf("the run: %+v", run)
	}
	var said strings.Builder
	if err := l.Describe(&said); err != nil || !strings.Contains(said.String(), "2 runs, 1 upload") || !strings.Contains(said.String(), "It is whole.") || !strings.Contains(said.String(), l.Hash) {
		t.Errorf("described: %s", said.String())
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 {
		t.Errorf("left: %v", entries)
	}
}

// TestEveryByteCounts: any byte of the log that changes is found, and where.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, logs := recorded(t, Options{Dir: dir, Pool: echo()}, "x")
	data := readFile(t, logs[0])
	for i := range data {
		for _, change := range []byte{1, 0x20, 0x80} {
			changed := bytes.Clone(data)
			changed[i] ^= change
			if _, err := Read(bytes.NewReader(changed)); err == nil {
				t.Fatalf("byte %d changed from %q to %q is not found", i, data[i], changed[i])
			}
		}
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	for i := range len(lines) - 2 { // without the last, it is a log that has no end
		without := bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil)
		if _, err := Read(bytes.NewReader(without)); err == nil {
			t.Errorf("line %d is missing, and that is not found", i+1)
		}
	}
	l, err := Read(bytes.NewReader(bytes.Join(lines[:len(lines)-2], nil)))
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := l.Describe(&said); err != nil || !strings.Contains(said.String(), "It has no end") {
		t.Errorf("a log without its end: %s", said.String())
	}
}

// TestBadLogs: each is refused with what is wrong.
func TestBadLogs(t *testing.T) {
	t.Parallel()
	_, logs := recorded(t, Options{Dir: t.TempDir(), Pool: echo()}, "x")
	data := readFile(t, logs[0])
	newer, _, err := chain{}.seal(Record{Kind: kindOpen, Open: &Open{Format: formatName, Version: 2}})
	if err != nil {
		t.Fatal(err)
	}
	noOpen, _, _ := chain{}.seal(Record{Kind: kindRun, Run: &Run{Code: `"format":"` + formatName + `"`}})
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"empty":    {nil, "it is empty"},
		"cut":      {data[:len(data)-20], "it ends within record"},
		"no log":   {[]byte("{\"a\":1}\n"), "it is not a transcript's log"},
		"binary":   {bytes.Repeat([]byte{0, 0xff}, 1000), "it is not a transcript's log"},
		"newer":    {newer, "it is of version 2"},
		"no open":  {noOpen, "it is not a transcript's log"},
		"too long": {append(bytes.Clone(data), bytes.Repeat([]byte("x"), maxLine+1<<17)...), "is longer than any can be"},
	} {
		if _, err := Read(bytes.NewReader(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	if _, err := Read(&endless{line: bytes.SplitAfter(data, []byte("\n"))[0]}); err == nil {
		t.Error("a log without end is accepted")
	}
}

// endless is a file that has the same line again and again.
type endless struct{ line, rest []byte }

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.line
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestSharedFolder: two servers that begin at the same time have files of their own.
func TestSharedFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	done := make(chan bool)
	for range 5 {
		go func() {
			defer func() { done <- true }()
			recorded(t, Options{Dir: dir, Pool: echo()}, "x")
		}()
	}
	for range 5 {
		<-done
	}
	logs, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	notebooks, _ := filepath.Glob(filepath.Join(dir, "*.ipynb"))
	if len(logs) != 5 || len(notebooks) != 5 {
		t.Errorf("%q %q", logs, notebooks)
	}
	for _, log := range logs {
		if _, err := Read(bytes.NewReader(readFile(t, log))); err != nil {
			t.Errorf("%s: %v", log, err)
		}
	}
}

// TestNoFolder: what cannot be written is logged once, without a name, and fails nothing.
func TestNoFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below"), filepath.Join(t.TempDir(), "a", "b")} {
		var log bytes.Buffer
		recorded(t, Options{Dir: dir, Pool: echo(), Logger: zerolog.New(&log)}, "x", "y", "z")
		if n := strings.Count(log.String(), `"level":"warn"`); n != 1 || strings.Contains(log.String(), dir) || !strings.Contains(log.String(), "cannot be written") {
			t.Errorf("logged: %s", log.String())
		}
	}
}

// TestGap: a log to which something could not be written says how much, and goes on.
func TestGap(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log.jsonl")
	l, err := createLog(path, Open{Format: formatName, Version: formatVersion})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := l.append(Record{Kind: kindRun, Run: &Run{}}); err == nil {
			t.Fatal("no error")
		}
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := l.append(Record{Kind: kindClose}); err != nil {
		t.Fatal(err)
	}
	read, err := Read(bytes.NewReader(readFile(t, path)))
	if err != nil || len(read.Records) != 3 || read.Records[1].Lost != 3 {
		t.Errorf("%v: %+v", err, read)
	}
}

// TestFull: a log that is full says so, once, and is still one.
func TestFull(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log.jsonl")
	l, err := createLog(path, Open{Format: formatName, Version: formatVersion})
	if err != nil {
		t.Fatal(err)
	}
	for range 80 {
		if err := l.append(Record{Kind: kindRun, Run: &Run{Code: strings.Repeat("x", 1<<20)}}); err != nil {
			t.Fatal(err)
		}
	}
	read, err := Read(bytes.NewReader(readFile(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := read.Describe(&said); err != nil || !strings.Contains(said.String(), "It is full") {
		t.Errorf("described: %s", said.String())
	}
}

// TestNamed: the next server of a named session goes on with notebook and log, and with
// new ones if the log was changed.
func TestNamed(t *testing.T) {
	t.Parallel()
	dir, state, pool := t.TempDir(), filepath.Join(t.TempDir(), "state"), echo()
	o := Options{Dir: dir, Pool: pool, Named: id, State: state}
	recorded(t, o, "one")
	_, logs := recorded(t, o, "two")
	if len(logs) != 1 {
		t.Fatalf("logs: %q", logs)
	}
	data := readFile(t, logs[0])
	l, err := Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	last := l.Records[len(l.Records)-1]
	var runs []int
	for _, r := range l.Records {
		if r.Run != nil {
			runs = append(runs, r.Run.Number)
		}
	}
	if fmt.Sprint(runs) != "[1 2]" || last.Kind != kindClose {
		t.Errorf("runs %v, the last record %s", runs, last.Kind)
	}
	if err := os.WriteFile(logs[0], bytes.Replace(data, []byte("one"), []byte("eno"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	notebooks, logs := recorded(t, o, "three")
	if len(logs) != 2 || len(notebooks) != 2 {
		t.Fatalf("after a change: %q", logs)
	}
	if found := readFile(t, state); !strings.Contains(string(found), `"run-3"`) || !strings.Contains(string(found), `"run-1"`) {
		t.Errorf("the state: %s", found)
	}
}

// TestPruned: states of sessions that are gone are removed, and nothing else.
func TestPruned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old, young := strings.Repeat("ab", 32), strings.Repeat("cd", 32)
	for _, name := range []string{old, old + ".files", young, young + ".files", "notes.txt"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if name != young {
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
	}
	PruneStates(dir, time.Minute)
	var left []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{young, young + ".files", "notes.txt"}; !slices.Equal(left, want) {
		t.Errorf("left: %q, want %q", left, want)
	}
}

// TestReplay: a log runs again with the same outcome, and a difference is told.
func TestReplay(t *testing.T) {
	t.Parallel()
	_, logs := recorded(t, Options{Dir: t.TempDir(), Pool: echo()}, "first", "second")
	l, err := Read(bytes.NewReader(readFile(t, logs[0])))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	result, err := Replay(t.Context(), l, ReplayOptions{Pool: echo(), Out: &out})
	if err != nil || result != (Result{Same: 2}) {
		t.Errorf("%v %v: %s", result, err, out.String())
	}
	other := &sessionstest.Fake{Script: func(_ context.Context, _ sessions.ID, req sessions.Request) (*sessions.Execution, error) {
		return &sessions.Execution{Status: sessions.Succeeded, Stdout: strings.ToUpper(req.Code), Text: "1"}, nil
	}}
	out.Reset()
	result, err = Replay(t.Context(), l, ReplayOptions{Pool: other, Out: &out})
	if err != nil || result.Different != 2 {
		t.Errorf("%v %v", result, err)
	}
	for _, line := range []string{"run 1: differs", `stdout: line 1 was "first", now "FIRST"`, "file made.txt: not made or changed this time"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in %s", line, out.String())
		}
	}
	gone := errors.New("gone")
	if _, err := Replay(t.Context(), l, ReplayOptions{Pool: &sessionstest.Fake{Err: gone}, Out: &out}); !errors.Is(err, gone) {
		t.Errorf("a pool that fails: %v", err)
	}
}

// TestReplayFiles: what is too large for the log comes from a folder, and is missing
// otherwise; another file there is told.
func TestReplayFiles(t *testing.T) {
	t.Parallel()
	u := notebook.Read(bytes.NewReader(bytes.Repeat([]byte("x"), 300<<10)))
	var large bytes.Buffer
	if _, err := large.ReadFrom(u); err != nil {
		t.Fatal(err)
	}
	l := &Log{Records: []Record{{Kind: kindOpen, Open: &Open{}}, {N: 2, Kind: kindUpload, Upload: uploadOf(u.Upload("../in/large.bin"), notebook.Told{Life: 1})}}}
	l.Records[1].Upload.Name = "in/large.bin"
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, tt := range []struct {
		content string
		want    string
	}{{"", "missing in the folder"}, {large.String(), ""}, {"other", "another file than the one of the log"}} {
		if tt.content != "" {
			if err := os.WriteFile(filepath.Join(dir, "large.bin"), []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out strings.Builder
		if _, err := Replay(t.Context(), l, ReplayOptions{Pool: echo(), Out: &out, Find: Folder(root)}); err != nil || !strings.Contains(out.String(), tt.want) || tt.want == "" && out.Len() > 0 {
			t.Errorf("%v: %s, want %q", err, out.String(), tt.want)
		}
	}
}

// FuzzRead: whatever a file holds, it is read or refused.
func FuzzRead(f *testing.F) {
	line, _, _ := chain{}.seal(Record{Kind: kindOpen, Open: &Open{Format: formatName, Version: formatVersion}})
	f.Add(line)
	f.Add([]byte(`{"open":{"format":"dynamic-sessions-mcp transcript"}}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := Replay(t.Context(), l, ReplayOptions{Pool: echo(), Out: &bytes.Buffer{}}); err != nil {
			t.Log(err)
		}
	})
}

// TestUndone are the runs that have no effect on variables, by what rollbacks say.
func TestUndone(t *testing.T) {
	t.Parallel()
	run := func(n int, r *sessions.Rollback) Record { return Record{Run: &Run{Number: n, Rollback: r}} }
	got := undone([]Record{run(1, nil), run(2, nil), run(3, &sessions.Rollback{Runs: 2}), run(4, &sessions.Rollback{Runs: 0, Why: sessions.RestartDied}), run(5, &sessions.Rollback{Runs: 1, Why: sessions.RestartDied})})
	if !maps.Equal(got, map[int]bool{2: true, 3: true, 4: true}) {
		t.Errorf("%v", got)
	}
}
