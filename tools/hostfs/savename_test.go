package hostfs

import (
	"strings"
	"testing"
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
