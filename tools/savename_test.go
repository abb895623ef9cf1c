package tools

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions/sessionstest"
)

func TestNamesThatMayBeSaved(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"report.xlsx", "a.csv", "results.json", "results.2026.json", "data v2.JSON", "notes.md", "README.md", "plot.png",
		"Größe.pdf", "表.csv", "model.pkl", "a.tar.gz", "clean.py.txt", "Makefile.txt", "page.html", "x.bin", "a~b.csv", "1.5 GHz.csv",
		"consequences.txt", "auxiliary.csv", "com10.csv", "lpt.csv", "package-data.json", "claude-notes.md", "v1.2.md", "x-2.bin"} {
		if why := objection(name); why != "" {
			t.Errorf("%s: %s", name, why)
		}
	}
}

func TestNamesThatMayNotBeSaved(t *testing.T) {
	t.Parallel()
	for want, names := range map[string][]string{
		"hidden":    {".env", ".envrc", ".gitignore", ".csv", "..data.csv", "\u200b.bashrc", " .env.csv", "․env.csv", "．env.csv", "…x.csv", "\u2060.npmrc"},
		"invisible": {"a\u200b.csv", "a\ufeff.csv", "packa\u00adge.json", "a\U000e0041.csv", "a\ufe0f.txt", "a\u3164.csv"},
		"other systems": {"a:b.csv", "data.csv:evil.exe", "NAME.csv ", "name.csv.", "name.csv. .", "con.txt", "CON.csv", "nul.tar.gz", "Aux .csv", "com1.txt",
			"LPT9.json", "com¹.txt", "conin$.txt", "what?.csv", "a|b.csv", `a\b.csv`, `"q".csv`, "a*.csv", "PACKAG~1.JSO", "GIT~1", "a~12.csv"},
		"no extension": {"Makefile", "Dockerfile", "Jenkinsfile", "Rakefile", "authorized_keys", "crontab", "pre-commit", "git", "python3", "README", "a．csv"},
		"run or obey": {"conftest.py", "sitecustomize.py", "usercustomize.py", "setup.py", "__init__.py", "random.py", "numpy.py", "test_x.py", "x.PY", "x.pyw", "a.pth",
			"x.desktop", "autorun.inf", "desktop.ini", "x.lnk", "x.url", "x.exe", "x.scr", "x.com", "x.bat", "x.cmd", "x.ps1", "x.vbs", "x.js", "x.mjs", "x.ts", "x.jar",
			"x.so", "x.dll", "x.dylib", "x.sh", "x.command", "x.app", "x.service", "x.plist", "pyproject.toml", "setup.cfg", "tox.ini", "docker-compose.yml",
			"action.yaml", "nginx.conf", "x.go", "build.rs", "x.c", "vite.config.js", "x.code-workspace", "report.pdf.exe", "x.unheardof", "x.xlsm", "x.рdf", "a.whl",
			"x.ipynb_checkpoints", "go.mod", "id_rsa.pub", "x.reg", "x.hta", "x.iso", "x.dmg"},
		"of this name": {"package.json", "PACKAGE.json", "pacKage.json", "CLAUDE.md", "claude.md", "AGENTS.md", "Agents.MD", "GEMINI.md", "SKILL.md", "tasks.json",
			"settings.json", "requirements.txt", "CMakeLists.txt", "pom.xml", "mcp.json", "tsconfig.json"},
		"name ends in": {"CLAUDE.local.md", "x.instructions.md", "x.prompt.md", "jest.config.json", "tsconfig.build.json", "a.code-workspace.json"},
	} {
		for _, name := range names {
			if why := objection(name); !strings.Contains(why, want) {
				t.Errorf("%q: %q, want %q", name, why, want)
			}
			other := proposal(name)
			if why := objection(other); why != "" || other == name {
				t.Errorf("%q: %q is proposed, which is no better: %s", name, other, why)
			}
		}
	}
}

// TestSaveToRefuses calls the tool with names and folders that something obeys.
func TestSaveToRefuses(t *testing.T) {
	t.Parallel()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, ".hidden", "open") // what is above it does not count
	for _, name := range []string{".git/hooks", ".vscode", "sub/.cache/deep", "sub/plain", "\u200b.zero"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"hooks": ".git/hooks", "sub/chain": "../hooks", "absolute": filepath.Join(dir, ".vscode"), ".way": "sub/plain"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	pool := &sessionstest.Fake{}
	for _, name := range []string{"a.csv", "conftest.py", ".envrc"} {
		put(t, pool, name, []byte("x"))
	}
	c := converse(t, Options{Pool: pool, AllowDirs: []string{dir}, AllowHidden: true}, "test")
	save := func(name, to string) string {
		return `{"filename":` + quote(t, name) + `,"save_to":` + quote(t, to) + `}`
	}
	for _, to := range []string{".git/hooks/a.csv", ".git/new.csv", ".git/", ".git", "hooks/", "hooks/a.csv", "sub/chain/a.csv", "absolute/a.csv",
		".way/a.csv", "sub/.cache/deep/a.csv", "sub/../.git/a.csv", "\u200b.zero/a.csv", ".nothing/a.csv", ".nothing/deeper/a.csv"} {
		for _, path := range []string{to, filepath.Join(dir, to), "file://" + dir + "/" + to} {
			if path == to || !strings.HasSuffix(to, "/") {
				expectError(t, c.call("download_file", save("a.csv", path)), "Access denied", "is hidden")
			}
		}
		if strings.HasSuffix(to, "/") {
			expectError(t, c.call("download_file", save("a.csv", dir+"/"+to)), "Access denied", "is hidden")
		}
	}
	for to, want := range map[string]string{
		".env": "hidden", "new.py": "such as new.py.txt", "Makefile": "such as Makefile.txt", "a.csv:x": "such as a.csv-x.txt",
		"package.json": "such as package.json.txt", "sub/plain/random.py": "run or obey", "sub/plain/NUL": "other systems",
	} {
		expectError(t, c.call("download_file", save("a.csv", filepath.Join(dir, to))), want)
	}
	for _, name := range []string{"conftest.py", ".envrc"} { // under their own names
		expectError(t, c.call("download_file", save(name, dir)), "Nothing was saved as", "another name")
	}
	expectText(t, c.call("download_file", save("conftest.py", filepath.Join(dir, "sub/plain/conftest.py.txt"))), "Saved")
	expectText(t, c.call("download_file", save("a.csv", filepath.Join(dir, "sub/plain"))), "Saved")
	// What exists is no reason to propose another name that is refused.
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	expectError(t, c.call("download_file", save("a.csv", filepath.Join(dir, "Makefile"))), "exists already", "Save to another name.")
	written := -1 // beside the Makefile
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			written++
		}
		return err
	})
	if err != nil || written != 2 {
		t.Errorf("%d files were written, %v", written, err)
	}
}

// TestHiddenFilesAreNotRead tries to read what is hidden in an allowed folder.
func TestHiddenFilesAreNotRead(t *testing.T) {
	t.Parallel()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, ".dotted", "open")
	for _, name := range []string{".ssh/id.txt", ".env", "sub/.git/config", "plain.txt", ".config/app/data.txt"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"key.txt": ".ssh/id.txt", "keys": ".ssh", "sub/up": "../.env", "ok.txt": "plain.txt"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	hidden := []string{".env", ".ssh/id.txt", ".ssh/missing", "sub/.git/config", "key.txt", "keys/id.txt", "sub/up", "sub/../.env", "./.env", ".missing"}
	visible := []string{"plain.txt", "ok.txt", "sub/../plain.txt"}
	upload := func(c *conversation, path string) (all []string) {
		t.Helper()
		for _, path := range []string{path, filepath.Join(dir, path), "file://" + dir + "/" + path} {
			all = append(all, strings.Join(texts(c.call("upload_file", `{"local_path":`+quote(t, path)+`,"filename":"x.txt"}`)), " "))
		}
		return all
	}
	closed := converse(t, Options{AllowDirs: []string{dir}}, "test")
	for _, path := range hidden {
		for _, answer := range upload(closed, path) {
			if !strings.Contains(answer, "is hidden") || !strings.Contains(answer, "--allow-hidden") {
				t.Errorf("%s: %s", path, answer)
			}
		}
	}
	opened := converse(t, Options{AllowDirs: []string{dir}, AllowHidden: true}, "test")
	for _, path := range append(visible, hidden...) {
		for _, answer := range upload(opened, path) {
			if missing := strings.Contains(path, "missing"); strings.Contains(answer, "1 byte") == missing {
				t.Errorf("%s: %s", path, answer)
			}
		}
	}
	// A hidden folder that was opened itself is open, also below another one.
	both := converse(t, Options{AllowDirs: []string{dir, filepath.Join(dir, ".config/app")}}, "test")
	expectText(t, both.call("upload_file", `{"local_path":`+quote(t, filepath.Join(dir, ".config/app/data.txt"))+`}`), "data.txt, 1 byte")
	for _, path := range visible {
		for _, answer := range upload(closed, path) {
			if !strings.Contains(answer, "1 byte") {
				t.Errorf("%s: %s", path, answer)
			}
		}
	}
}

// FuzzProposal checks that what is proposed for any name may be saved.
func FuzzProposal(f *testing.F) {
	for _, name := range []string{"", ".", ".env", "conftest.py", "a:b", "NUL", "x.config.json", "…", "CLAUDE.md", "PACKAG~1.JSO", "\u200b"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		other := proposal(name)
		if why := objection(other); why != "" || len(other) > maxHostName {
			t.Errorf("%q is proposed for %q, and %s", other, name, why)
		}
	})
}
