//go:build windows

package windows

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// setting is what the tests are told.
func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set; .ci/windows does so", name)
	}
	return value
}

// TestDemo plays the conversation of the README, in a folder with a space and an umlaut.
func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Größe und Maß")
	out, err := exec.Command(setting(t, "PROGRAM"), "demo", "--pool-endpoint", setting(t, "ENDPOINT"), "--out", dir).CombinedOutput()
	if err != nil || !strings.Contains(string(out), " 0 failed") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"sales.png", "sales.xlsx"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// agent is an MCP client of a server that has opened a folder, whose results are in
// another folder.
func agent(t *testing.T) (a *e2etest.Agent, data, results string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, results = filepath.Join(dir, "Daten für Ada"), filepath.Join(dir, "Ergebnisse hier")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "Umsätze 2026.csv"), []byte("a,b\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	// The folders are written as Git Bash and WSL write them.
	cmd := exec.Command(setting(t, "PROGRAM"), "serve", "/"+strings.ToLower(data[:1])+filepath.ToSlash(data[2:]),
		"--out", "/mnt/"+strings.ToLower(results[:1])+filepath.ToSlash(results[2:]), "--pool-endpoint", setting(t, "ENDPOINT"))
	return e2etest.StartAgent(t, cmd, "test"), data, results
}

// TestPaths uploads and saves by paths as models write them.
func TestPaths(t *testing.T) {
	a, data, _ := agent(t)
	below := filepath.ToSlash(data[2:]) + "/Umsätze 2026.csv"
	letter := strings.ToLower(data[:1])
	for _, path := range []string{
		data + `\Umsätze 2026.csv`, "/mnt/" + letter + below, "/" + letter + below, data[:2] + below, `\\?\` + data + `\Umsätze 2026.csv`,
		strings.ToUpper(data) + `\UMSÄTZE 2026.CSV`, below, "Umsätze 2026.csv", "file:///" + data[:2] + strings.ReplaceAll(below, " ", "%20"),
	} {
		reply := a.Call("upload_file", map[string]any{"local_path": path, "filename": "u.csv"})
		if reply.Failed || !strings.Contains(reply.Text(), "8 bytes") {
			t.Errorf("%s: %s", path, reply.Text())
		}
	}
	if reply := a.Run(`print(open("/mnt/data/u.csv").read())`); !strings.Contains(reply.Text(), "1,2") {
		t.Errorf("code reads %s", reply.Text())
	}
	for to, at := range map[string]string{
		data + `\neu\`: `neu\u.csv`, "/mnt/" + letter + filepath.ToSlash(data[2:]) + "/zwei Wörter.csv": "zwei Wörter.csv",
	} {
		reply := a.Call("download_file", map[string]any{"filename": "u.csv", "save_to": to})
		got, err := os.ReadFile(filepath.Join(data, at))
		if reply.Failed || err != nil || string(got) != "a,b\n1,2\n" {
			t.Errorf("%s: %s %q %v", to, reply.Text(), got, err)
		}
	}
}

// TestNamesThatWindowsTakes asserts that they are told, with another, and write nothing.
func TestNamesThatWindowsTakes(t *testing.T) {
	a, data, _ := agent(t)
	a.Call("upload_file", map[string]any{"content": "x", "filename": "u.csv"})
	for name, want := range map[string]string{
		"con.csv": "such as saved-con.csv", "NUL": "for a device", "a:b.csv": "such as a-b.csv", "ends. ": "drops spaces and dots", `aux\a.csv`: "for a device",
	} {
		reply := a.Call("download_file", map[string]any{"filename": "u.csv", "save_to": data + `\` + name})
		if !reply.Failed || !strings.Contains(reply.Text(), want) {
			t.Errorf("%s: %s", name, reply.Text())
		}
	}
	for path, want := range map[string]string{
		`\\127.0.0.1\share\a.csv`: "Access denied", `C:a.csv`: "current folder of the drive C:", `\\.\pipe\x`: "a device of Windows",
		data + `\..\..\x.csv`: "Access denied", `/c/Windows/win.ini`: "Access denied", "~/nothing.csv": "Access denied",
	} {
		reply := a.Call("upload_file", map[string]any{"local_path": path})
		if !reply.Failed || !strings.Contains(reply.Text(), want) {
			t.Errorf("%s: %s", path, reply.Text())
		}
	}
	if entries, err := os.ReadDir(data); err != nil || len(entries) != 1 {
		t.Errorf("there is %v, %v", entries, err)
	}
}

// TestResults asserts that what code writes for the user is in the user's folder.
func TestResults(t *testing.T) {
	a, _, results := agent(t)
	reply := a.Run(`for name in ("Größe 1.csv", "con.csv", "sub/b.csv"):
    import pathlib
    at = pathlib.Path("/mnt/data/out", name)
    at.parent.mkdir(parents=True, exist_ok=True)
    at.write_text(name)`)
	if text := reply.Text(); !strings.Contains(text, "Saved for the user in "+results) || !strings.Contains(text, "con.csv (it has a name that means something else") {
		t.Errorf("it says %s", text)
	}
	for _, name := range []string{"Größe 1.csv", `sub\b.csv`} {
		if got, err := os.ReadFile(filepath.Join(results, name)); err != nil || string(got) != filepath.ToSlash(name) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
