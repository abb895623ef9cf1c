package stdio

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// startAtHome starts a server of a user whose home folder is given.
func startAtHome(t *testing.T, home string, flags ...string) *e2etest.Stdio {
	t.Helper()
	cmd := exec.Command(e2etest.Program(t), append([]string{"serve"}, flags...)...)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME=")
	s := &e2etest.Stdio{Process: e2etest.StartCommand(t, cmd)}
	s.Greet()
	return s
}

// has compares a file of the user.
func has(t *testing.T, path, want string) {
	t.Helper()
	if data, err := os.ReadFile(path); string(data) != want {
		t.Errorf("%s is %q, %v", path, data, err)
	}
}

// TestWhereResultsAre: what code writes to /mnt/data/out is on the user's disk after
// the run, and the answer says where.
func TestWhereResultsAre(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		make  []string // folders, or files with a text after =
		flags []string
		want  string // below the home folder; "" for nowhere
	}{
		"downloads of another name": {[]string{"Téléchargements/", `.config/user-dirs.dirs=XDG_DOWNLOAD_DIR="$HOME/Téléchargements"`}, nil, "Téléchargements/python-output"},
		"downloads":                 {[]string{"Downloads/"}, nil, "Downloads/python-output"},
		"no downloads":              {nil, nil, "python-output"},
		"an open folder":            {[]string{"Downloads/", "data/"}, []string{"--allow-dir=HOME/data"}, "data/python-output"},
		"a folder that is named":    {[]string{"data/"}, []string{"--allow-dir=HOME/data", "--out=HOME/results"}, "results"},
		"none":                      {[]string{"Downloads/"}, []string{"--out=none"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			for _, entry := range tt.make {
				path, text, isFile := strings.Cut(entry, "=")
				path = filepath.Join(home, path)
				if !isFile {
					text, path = "", filepath.Join(path, ".there")
				}
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var flags []string
			for _, flag := range tt.flags {
				flags = append(flags, strings.ReplaceAll(flag, "HOME", home))
			}
			answer, _ := startAtHome(t, home, append(flags, "--cache-dir", linkedCache(t))...).Run(1, "import pathlib\np = pathlib.Path('/mnt/data/out')\np.mkdir(exist_ok=True)\nn = (p / 'report.csv').write_text('a,b')")
			if tt.want == "" {
				if strings.Contains(answer, "Saved") {
					t.Errorf("%s", answer)
				}
				return
			}
			if !strings.Contains(answer, "Saved for the user in ~/"+tt.want+": report.csv") {
				t.Errorf("%s", answer)
			}
			has(t, filepath.Join(home, tt.want, "report.csv"), "a,b")
		})
	}
}

// TestResultsOfServersThatAreKilled: the next server with the session copies what was
// not copied, and knows what it may replace.
func TestResultsOfServersThatAreKilled(t *testing.T) {
	t.Parallel()
	home, cache := t.TempDir(), linkedCache(t)
	folder := filepath.Join(home, "python-output")
	serve := func() *e2etest.Stdio {
		s := startAtHome(t, home, "--cache-dir", cache, "--session-name", "results", "--out", folder)
		return s
	}
	s := serve()
	s.Run(1, "open('/mnt/data/out/a.csv', 'w').write('one')")
	has(t, filepath.Join(folder, "a.csv"), "one")
	// The server is killed while the code runs, so that nobody copies what it writes.
	s.Send(e2etest.RunPython(2, "open('/mnt/data/out/a.csv', 'w').write('two')\nopen('/mnt/data/out/b.csv', 'w').write('b')\nopen('/mnt/data/written', 'w').close()\nwhile True: pass"))
	written := filepath.Join(cache, "*", "*", "*", "written")
	for deadline := time.Now().Add(time.Minute); ; {
		if found, _ := filepath.Glob(written); found != nil || time.Now().After(deadline) {
			break
		}
		<-time.After(50 * time.Millisecond)
	}
	<-time.After(time.Second)
	s.Kill()
	answer, _ := serve().Run(1, "1 + 1")
	if !strings.Contains(answer, "Saved for the user in ~/python-output: a.csv, b.csv") {
		t.Errorf("%s", answer)
	}
	has(t, filepath.Join(folder, "a.csv"), "two")
	has(t, filepath.Join(folder, "b.csv"), "b")
}
