package kernel

import (
	"strings"
	"testing"
)

// makeWheels defines wheel(NAME, VERSION, code, requires…), which writes a wheel to the
// current folder and returns its name.
const makeWheels = `import zipfile, os, sys, subprocess
def wheel(name, version, code, *requires, folder=".", entry=""):
    os.makedirs(folder, exist_ok=True)
    info = f"{name}-{version}.dist-info/"
    path = os.path.join(folder, f"{name}-{version}-py3-none-any.whl")
    with zipfile.ZipFile(path, "w") as z:
        z.writestr(f"{name}.py", code)
        z.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {r}\n" for r in requires))
        z.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        if entry: z.writestr(info + "entry_points.txt", f"[console_scripts]\n{name} = {name}:{entry}\n")
        z.writestr(info + "RECORD", "")
    return path
`

// TestInstallFiles asserts that pip, however it is called, installs files into the
// session's own folder, and that code finds them at once.
func TestInstallFiles(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	p.run(t, makeWheels)
	for _, c := range []struct{ code, stdout, failure string }{
		{"wheel('one', '1.0', 'x = 1')\n%pip install ./one-1.0-py3-none-any.whl\nimport one\nprint(one.x, one.__file__)",
			"1 " + p.data + "/.packages/lib/python3", ""},
		{"wheel('two', '1.0', 'x = 2', 'one>=1')\n!pip install two-1.0-py3-none-any.whl\nimport two\nprint('two is', two.x)", "two is 2\n", ""},
		{"wheel('three', '1.0', 'x = 3', 'four', 'numpy'); wheel('four', '1.0', 'x = 4', folder='links')\nwheel('three', '1.0', 'x = 3', 'four', folder='links')\n" +
			"print(subprocess.run([sys.executable, '-m', 'pip', 'install', '-q', '--no-index', '--find-links', 'links', 'three']).returncode)\nimport three, four\nprint(four.x)", "0\n4\n", ""},
		{"%pip install three", "three is already installed, version 1.0", ""},
		{"wheel('one', '2.0', 'x = 22')\n!pip3 install -q ./one-2.0-py3-none-any.whl\nprint(subprocess.run([sys.executable, '-c', 'import one; print(one.x)'], capture_output=True, text=True).stdout)", "22\n", ""},
		{"wheel('tool', '1', 'def main(): print(\"it runs\")', entry='main')\n!uv pip install --system -p 3 ./tool-1-py3-none-any.whl\n!tool", "it runs\n", ""},
		// A newer version than the interpreter's own is found first.
		{"wheel('tabulate', '99.0', 'x = 99')\n%pip install -q ./tabulate-99.0-py3-none-any.whl\nimport tabulate\nprint(tabulate.x)", "99\n", ""},
		{"%pip show tabulate", "Version: 99.0", ""},
		{"%pip uninstall -y tabulate\nprint(subprocess.run([sys.executable, '-c', 'import tabulate; print(hasattr(tabulate, \"x\"))'], capture_output=True, text=True).stdout)", "False\n", ""},
		{"%pip check", "", ""},
		{"wheel('five', '1.0', 'x = 5', 'nosuchthing')\n%pip install ./five-1.0-py3-none-any.whl", "", "%pip has failed"},
		{"open('r.txt', 'w').write('one==2.0 --hash=sha256:' + '0' * 64 + '\\n')\n%pip install --force-reinstall --no-index --find-links . -r r.txt", "", "%pip has failed"},
		{"wheel('six', '1.0', 'x = 6')\nwheel_text = open('six-1.0-py3-none-any.whl', 'rb').read()\n%pip install --target there ./six-1.0-py3-none-any.whl\nprint(os.path.exists('there/six.py'), os.path.exists('.packages/lib/python3.14/site-packages/six.py'))", "True False\n", ""},
		{"os.makedirs('lib'); open('lib/seven.py', 'w').write('x = 7')\nimport sysconfig\nopen(os.path.join(os.environ['PYTHONUSERBASE'], 'lib', 'python3.14', 'site-packages', 'seven.pth'), 'w').write(os.path.abspath('lib'))\nimport seven\nprint(seven.x)", "7\n", ""},
	} {
		o := p.run(t, c.code)
		if c.failure != "" {
			if o.Error == nil || !strings.Contains(o.Error.Message, c.failure) {
				t.Errorf("%s: %+v, %s", c.code, o.Error, o.Stdout)
			}
		} else if o.Error != nil || !strings.Contains(o.Stdout, c.stdout) {
			t.Errorf("%s: stdout %.600q, stderr %.600q, error %+v", c.code, o.Stdout, o.Stderr, o.Error)
		}
	}
	o := p.run(t, "!pip install ./five-1.0-py3-none-any.whl")
	if !strings.Contains(o.Stdout+o.Stderr, "No matching distribution found for nosuchthing") || !strings.Contains(o.Stdout+o.Stderr, "what it misses has to be uploaded too") {
		t.Errorf("a requirement that is missing: %q, %q", o.Stdout, o.Stderr)
	}
}
