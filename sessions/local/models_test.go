package local_test

import (
	"slices"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestCodeOfModels asserts in a sandbox what package kernel's tests of the kind
// cannot: that the fonts and the stand-in for pip are found there, and that names
// which are no text are listed.
func TestCodeOfModels(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	defer localtest.Stop(t, pool, id)
	for _, c := range []struct{ code, stdout string }{
		{`from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
fig = Figure(figsize=(.6, .6), dpi=50); FigureCanvasAgg(fig)
def drawn(text, family):
    fig.clear(); fig.text(.2, .2, text, fontsize=24, family=family); fig.canvas.draw()
    return bytes(fig.canvas.buffer_rgba())
print([a for a, b in ("销售", "가나", "कख", "กข", "مش", "かタ") for f in ("sans-serif", "SimHei", "Arial") if drawn(a, f) == drawn(b, f)])`, "[]\n"},
		{"import subprocess, sys\nprint(subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', 'numpy'], capture_output=True, text=True).stdout[:26])", "numpy is already installed\n"},
		{"print(subprocess.run('pip install nosuch', shell=True, capture_output=True, text=True).stderr[:40])", "ERROR: this session reaches no package i\n"},
		{`import os, shutil
for pip in ("/usr/bin/pip", "/usr/bin/pip3"):
    if os.path.exists(pip) and "numpy is already" not in subprocess.run([pip, "install", "numpy"], capture_output=True, text=True).stdout: print(pip)
print(shutil.which("pip"))`, "/opt/kernel/offline/bin/pip\n"},
		{`for command in (["/usr/bin/python3", "-I", "-m", "pip"], ["/usr/bin/pip"], ["/usr/bin/pip3"]):
    if os.path.exists(command[0]):
        said = subprocess.run([*command, "install", "nosuch"], capture_output=True, text=True, env={})
        if said.returncode == 0 or not said.stderr.startswith("ERROR: this session reaches no package index") and "No module named pip" not in said.stderr: print(command, said)`, ""},
		{`n = os.open(b"/mnt/data/\x94\x84.csv", os.O_CREAT); m = os.open("/mnt/data/a\nb", os.O_CREAT)`, ""},
	} {
		if x := localtest.Execute(t, pool, id, c.code); x.Error != nil || x.Stdout != c.stdout || strings.Contains(x.Stderr, "Glyph") {
			t.Errorf("%s: %q, %q, %+v", c.code, x.Stdout, x.Stderr, x.Error)
		}
	}
	l, err := pool.List(t.Context(), id, "", true)
	if want := []string{"\x94\x84.csv", "a\nb"}; err != nil || l.Omitted != 2 || !slices.Equal(slices.Sorted(slices.Values(l.Unusable)), slices.Sorted(slices.Values(want))) {
		t.Errorf("List: %+q, %d omitted, %v", l.Unusable, l.Omitted, err)
	}
}
