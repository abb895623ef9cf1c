package hibernation_test

import (
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestOwnPackages installs a file in a session, and imports it there after the session
// slept, in a new interpreter, and in no other session.
func TestOwnPackages(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Cooldown: time.Millisecond})
	id := sessions.NewID()
	x := localtest.Execute(t, pool, id, `import zipfile
with zipfile.ZipFile("mine-1.0-py3-none-any.whl", "w") as z:
    z.writestr("mine.py", "x = 1")
    z.writestr("later.py", "x = 2")
    z.writestr("mine-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
    z.writestr("mine-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("mine-1.0.dist-info/RECORD", "")
%pip install ./mine-1.0-py3-none-any.whl
import mine
mine.x, mine.__file__`)
	if x.Text != "(1, '/mnt/data/.packages/lib/python3.14/site-packages/mine.py')" {
		t.Fatalf("%s, %s, %+v", x.Text, x.Stderr, x.Error)
	}
	if len(x.Files) != 1 || x.Files[0].Name != "mine-1.0-py3-none-any.whl" {
		t.Errorf("changes: %+v", x.Files)
	}
	sleep(t, pool, id)
	if x := localtest.Execute(t, pool, id, "import later\nlater.x + mine.x"); x.Text != "3" {
		t.Errorf("after it slept: %s, %+v", x.Text, x.Error)
	}
	localtest.Execute(t, pool, id, "import os; os._exit(1)")
	if x := localtest.Execute(t, pool, id, "import mine, subprocess\nmine.x, subprocess.run(['python3', '-c', 'import later; print(later.x)'], capture_output=True, text=True).stdout"); x.Text != `(1, '2\n')` {
		t.Errorf("in a new interpreter: %s, %+v", x.Text, x.Error)
	}
	other := sessions.NewID()
	if x := localtest.Execute(t, pool, other, "import mine"); x.Error == nil || !strings.Contains(x.Error.Message, "No module named 'mine'") {
		t.Errorf("in another session: %+v", x.Error)
	}
	// None of the system's programs installs anywhere else, with no variable at all.
	if x := localtest.Execute(t, pool, other, `import subprocess, os
open("x.txt", "w").close()
for command in (["/usr/bin/python3", "-I", "-m", "pip"], ["/usr/bin/pip3"]):
    if os.path.exists(command[0]):
        said = subprocess.run([*command, "install", "./nosuch.whl"], capture_output=True, text=True, env={})
        if said.returncode == 0 or "nosuch.whl" not in said.stderr and "No module named pip" not in said.stderr: print(command, said)`); x.Stdout != "" || x.Error != nil {
		t.Errorf("the system's pip: %s, %+v", x.Stdout, x.Error)
	}
}
