// Package transcript has the built program keep conversations as notebooks and logs,
// checks these with what Jupyter has, and runs them again.
package transcript

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// seed is a conversation as people have them.
func seed(t *testing.T, a *e2etest.Agent) {
	t.Helper()
	if r := a.Call("upload_file", map[string]any{"filename": "in/pe`ople \"1\".csv", "content": "Name,Age\nAda,36\nGrace,45\n"}); r.Failed {
		t.Fatal(r.Text())
	}
	for _, code := range []string{
		"6 * 7",
		"import pandas as pd\ndf = pd.read_csv('/mnt/data/in/pe`ople \"1\".csv')\nprint(len(df))\ndf",
		"import matplotlib.pyplot as plt, sys\nplt.plot([1, 2]); plt.title('é 月')\nplt.show()\nprint('after', file=sys.stderr)",
		"print('before')\n1/0",
		"df.to_csv('made.csv', index=False)\ndf.Age.mean()",
		"import time\nstart = time.time()\nstart",
		"import os\nos._exit(1)",
		"'a new interpreter'",
	} {
		finish(a, a.Run(code))
	}
}

// finish waits for the end of a run, which may take long on a machine that is busy.
func finish(a *e2etest.Agent, r e2etest.Reply) e2etest.Reply {
	for strings.Contains(r.Text(), "wait_for_run") {
		r = a.Call("wait_for_run", map[string]any{})
	}
	return r
}

// files are the notebook and the log of the one conversation in a folder.
func files(t *testing.T, dir string) (book, log string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "conversation-*.jsonl"))
	if err != nil || len(found) != 1 {
		t.Fatalf("logs: %q, %v", found, err)
	}
	return strings.TrimSuffix(found[0], ".jsonl") + ".ipynb", found[0]
}

// command runs the program to its end.
func command(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), e2etest.Program(t), args...).CombinedOutput()
	return string(out), err
}

// TestConversation: over standard input and output and over HTTP, a conversation is a
// valid notebook, in the session and in the folder, and a log that is verified and runs
// again with the same outcome; a byte that changes is found.
func TestConversation(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("sandboxes need Linux")
	}
	program := e2etest.Program(t)
	for name, start := range map[string]func(t *testing.T, flag string) (*e2etest.Agent, func()){
		"stdio": func(t *testing.T, flag string) (*e2etest.Agent, func()) {
			s := e2etest.StartStdio(t, program, flag, "--out=none")
			return s.Agent(t, "test"), func() { s.End() }
		},
		"http": func(t *testing.T, flag string) (*e2etest.Agent, func()) {
			w := e2etest.StartWeb(t, program, flag)
			return w.Agent(t, "test"), func() { w.Interrupt() }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "transcripts")
			a, end := start(t, "--transcript="+dir)
			seed(t, a)
			if r := a.Call("list_files", map[string]any{}); !strings.Contains(r.Text(), "conversation.ipynb is this conversation") {
				t.Errorf("listed: %s", r.Text())
			}
			valid := finish(a, a.Run("import nbformat\nbook = nbformat.read('conversation.ipynb', as_version=4)\nnbformat.validate(book)\n[c.id for c in book.cells]"))
			if want := "['setup', 'upload-1', 'upload-1-file', 'run-1', 'run-2', 'run-3', 'run-4', 'run-5', 'run-6', 'run-7', 'restart-8', 'restart-8-reset', 'run-8']"; !strings.Contains(strings.Join(strings.Fields(valid.Text()), " "), want) {
				t.Errorf("the notebook in the session: %s", valid.Text())
			}
			end()
			book, log := files(t, dir)
			check(t, dir, book, log)
		})
	}
}

// check looks at the files of a conversation.
func check(t *testing.T, dir, book, log string) {
	t.Helper()
	for _, path := range []string{book, log} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if home, _ := os.UserHomeDir(); bytes.Contains(data, []byte(dir)) || bytes.Contains(data, []byte(home+"/")) {
			t.Errorf("%s has a path of the host", path)
		}
	}
	if said, err := command(t, "verify", log); err != nil || !strings.Contains(said, "9 runs, 1 upload") || !strings.Contains(said, "It is whole.") {
		t.Errorf("verify: %v: %s", err, said)
	}
	said, err := command(t, "replay", log)
	if err != nil || !strings.Contains(said, " 0 different") || !strings.Contains(said, "run 6: varies") || strings.Count(said, ": same") < 6 {
		t.Errorf("replay: %v: %s", err, said)
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	changed := filepath.Join(t.TempDir(), "changed.jsonl")
	if err := os.WriteFile(changed, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := command(t, "verify", changed); err == nil || !strings.Contains(said, "is not as it was written") {
		t.Errorf("a changed byte: %v: %s", err, said)
	}
}

// TestNamedSession: notebook and log of a named session go on with the next server, also
// when the session was asleep.
func TestNamedSession(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("sandboxes need Linux")
	}
	dir := t.TempDir()
	name := "transcript of " + filepath.Base(filepath.Dir(dir))
	for i, code := range []string{"x = 1", "x + 1"} {
		s := e2etest.StartStdio(t, e2etest.Program(t), "--transcript="+dir, "--out=none", "--session-name="+name, "--cooldown=1s")
		a := s.Agent(t, "test")
		finish(a, a.Run(code))
		if r := a.Call("download_file", map[string]any{"filename": "conversation.ipynb"}); i == 1 && (!strings.Contains(r.Text(), "x = 1") || !strings.Contains(r.Text(), "→ 2")) {
			t.Errorf("the notebook of the second server: %s", r.Text())
		}
		s.End()
	}
	_, log := files(t, dir)
	if said, err := command(t, "verify", log); err != nil || !strings.Contains(said, "2 runs, 0 uploads") {
		t.Errorf("verify: %v: %s", err, said)
	}
	if said, err := command(t, "replay", log); err != nil || !strings.Contains(said, "2 the same, 0 different") {
		t.Errorf("replay: %v: %s", err, said)
	}
}
