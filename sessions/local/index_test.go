package local_test

import (
	"fmt"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestModuleIndex asserts that modules which come from the index are what they would be
// from their files, and that modules of the code's own take their places as ever.
func TestModuleIndex(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, `import sys, os, importlib, inspect, pkgutil, subprocess, runpy, io, contextlib, threading, zipfile
def write(name, text):
    os.makedirs(os.path.dirname(name) or '.', exist_ok=True)
    open(name, 'w').write(text)
def forget(name):
    for each in [n for n in sys.modules if n == name or n.startswith(name + '.')]: del sys.modules[each]
    importlib.invalidate_caches()
index = next(f for f in sys.meta_path if type(f).__name__ == 'ModuleIndex')
path_finder = sys.meta_path[sys.meta_path.index(index) + 1]`)
	for _, c := range []struct{ name, code, want string }{
		{"from the index", "import sklearn.tree\nprint(type(sklearn.tree.__loader__).__name__, sklearn.__file__, sklearn.__path__)",
			"IndexedLoader /opt/site-packages/sklearn/__init__.py ['/opt/site-packages/sklearn']\n"},
		{"a library", "import scipy.linalg._fblas as f\nprint(type(f.__loader__).__name__, f.__file__.rpartition('/')[2].partition('.')[0])", "ExtensionFileLoader _fblas\n"},
		{"a namespace", "import mpl_toolkits, mpl_toolkits.axisartist as a\nprint(mpl_toolkits.__file__, type(a.__loader__).__name__)", "None IndexedLoader\n"},
		{"same as from files", `names = ['sklearn', 'sklearn.tree', 'sklearn.tree._tree', 'scipy.stats', 'json', 'json.tool', 'asyncio', 'sympy.core', 'duckdb', 'docx.oxml', 'bs4', 'PIL.ImageOps', 'sqlite3', 'zoneinfo._common']
for name in names:
    found, path = [], None
    if '.' in name: path = importlib.import_module(name.rpartition('.')[0]).__path__
    a, b = index.find_spec(name, path), path_finder.find_spec(name, path)
    if a is None or b is None: print(name, a, b); continue
    pair = [(s.name, s.origin, s.cached, s.parent, s.has_location, s.submodule_search_locations, isinstance(s.loader, importlib.machinery.SourceFileLoader), s.loader.path, s.loader.is_package(name)) for s in (a, b)]
    if pair[0] != pair[1]: print(name, *pair)
print('compared')`, "compared\n"},
		{"same code", `names = [n for n in ['argparse', 'ast', 'csv', 'decimal', 'html.parser', 'statsmodels.api', 'seaborn.axisgrid', 'openpyxl.cell.cell', 'networkx.algorithms.dag', 'plotly.express._core']]
for name in names:
    a = index.find_spec(name, [os.path.dirname(index.look_up(name)[2])] if '.' in name else None)
    if a is None: print(name); continue
    code, file = a.loader.get_code(name), importlib.machinery.SourceFileLoader(name, a.origin).get_code(name)
    if code != file or code.co_filename != a.origin: print(name, code.co_filename)
print('compared')`, "compared\n"},
		{"every module can be loaded", `bad = 0
for entry, _, files in os.walk('/opt/site-packages/sklearn'):
    for file in files:
        if file.endswith('.py') and 'tests' not in entry:
            name = os.path.join(entry, file)[len('/opt/site-packages/'):-3].replace('/', '.').removesuffix('.__init__')
            found = index.look_up(name)
            if not found or found[2] != os.path.join(entry, file): bad += 1; print(name, found)
print(bad)`, "0\n"},
		{"source", "import colorsys\nprint(len(inspect.getsource(colorsys)) == os.path.getsize(colorsys.__file__), inspect.getsource(colorsys.rgb_to_hls).splitlines()[0])", "True def rgb_to_hls(r, g, b):\n"},
		{"data", "import importlib.resources\nprint(importlib.resources.files('matplotlib').joinpath('mpl-data/matplotlibrc').is_file(), pkgutil.get_data('sklearn', 'datasets/data/iris.csv')[:3])", "True b'150'\n"},
		{"listing", "import scipy\nprint('stats' in [m.name for m in pkgutil.iter_modules(scipy.__path__)], len([*importlib.metadata.distributions()]) > 50)", "True True\n"},
		{"reload", "import fractions\nold = fractions.Fraction\nprint(importlib.reload(fractions) is fractions, fractions.Fraction is old)", "True False\n"},
		{"run", "print(runpy.run_module('colorsys')['rgb_to_hls'].__module__, runpy.run_module('colorsys', run_name='me')['rgb_to_hls'].__module__)", "colorsys me\n"},
		{"missing", "for name in ('sklearn.nosuch', 'nosuch', 'json.nosuch.deeper'):\n  try: importlib.import_module(name)\n  except ImportError as e: print(type(e).__name__, e)", "ModuleNotFoundError No module named 'sklearn.nosuch'\nModuleNotFoundError No module named 'nosuch'\nModuleNotFoundError No module named 'json.nosuch'\n"},
		{"names", "for name in ('', 'é', '\\udc80', 'a' * 100000, 'x.y', '\\0'):\n  print(index.find_spec(name, None), end=' ')", "None None None None None None "},
		{"first", "write('first/wave.py', 'mine = 1')\nforget('wave')\nsys.path.insert(0, '/mnt/data/first')\nimport wave\nprint(wave.__file__)\nsys.path.remove('/mnt/data/first')\nforget('wave')\nimport wave\nprint(wave.__file__)", "/mnt/data/first/wave.py\n/opt/python/lib/python3.14/wave.py\n"},
		{"last", "write('last/tabnanny.py', 'mine = 1')\nsys.path.append('/mnt/data/last')\nimport tabnanny\nprint(tabnanny.__file__)", "/opt/python/lib/python3.14/tabnanny.py\n"},
		{"working", "write('seaborn.py', 'mine = 1')\nforget('seaborn')\nimport seaborn\nprint(seaborn.__file__)\nos.remove('seaborn.py')", "/opt/site-packages/seaborn/__init__.py\n"},
		{"extended", "import xml\nwrite('more/extra.py', 'mine = 2')\nxml.__path__.append('/mnt/data/more')\nimport xml.extra, xml.sax\nprint(xml.extra.mine, xml.sax.__file__)\nxml.__path__.remove('/mnt/data/more')", "2 /opt/python/lib/python3.14/xml/sax/__init__.py\n"},
		{"replaced", "import wsgiref\nwrite('other/util.py', 'mine = 3')\nwsgiref.__path__.insert(0, '/mnt/data/other')\nimport wsgiref.util\nprint(wsgiref.util.__file__)", "/mnt/data/other/util.py\n"},
		{"zipped", "with zipfile.ZipFile('z.zip', 'w') as z: z.writestr('graphlib.py', 'mine = 4')\nforget('graphlib')\nsys.path.insert(0, '/mnt/data/z.zip')\nimport graphlib\nprint(graphlib.__file__)\nsys.path.remove('/mnt/data/z.zip')", "/mnt/data/z.zip/graphlib.py\n"},
		{"no path", "old = sys.path[:]\nsys.path[:] = []\nforget('sched')\ntry: import sched; print('found')\nexcept ImportError: print('none')\nsys.path[:] = old", "none\n"},
		{"a finder", "class Mine:\n  def find_spec(name, path, target=None):\n    if name == 'stringprep': return importlib.machinery.ModuleSpec(name, importlib.machinery.BuiltinImporter, origin='mine')\nsys.meta_path.insert(0, Mine)\nprint(importlib.util.find_spec('stringprep').origin)\nsys.meta_path.remove(Mine)", "mine\n"},
		{"threads", `errors = []
def work():
    try: import sympy.geometry, sympy.stats
    except BaseException as e: errors.append(e)
all = [threading.Thread(target=work) for _ in range(8)]
for thread in all: thread.start()
for thread in all: thread.join()
print(errors)`, "[]\n"},
		{"traceback", "import decimal, json\ntry: json.loads('{')\nexcept ValueError:\n  import traceback; print(traceback.format_exc().count('/opt/python/lib/python3.14/json/'))", "3\n"},
		{"child", "print(subprocess.run([sys.executable, '-c', 'import json, sys; print(json.__file__, type(json.__loader__).__name__, \"_module_index\" in sys.modules)'], capture_output=True, text=True).stdout)", "/opt/python/lib/python3.14/json/__init__.py IndexedLoader False\n\n"},
		{"isolated child", "print(subprocess.run([sys.executable, '-I', '-c', 'import json; print(type(json.__loader__).__name__)'], capture_output=True, text=True).stdout)", "IndexedLoader\n\n"},
		{"environment", "import venv\nvenv.create('env', symlinks=True)\nprint(subprocess.run(['env/bin/python', '-c', 'import json; print(json.loads(\"1\"))'], capture_output=True, text=True).stdout)", "1\n\n"},
		{"read-only", "try: open('/opt/python/lib/modules.index', 'r+b')\nexcept OSError as e: print(e.strerror)", "Read-only file system\n"},
	} {
		if x := localtest.Execute(t, pool, id, c.code); x.Error != nil || x.Stdout != c.want {
			t.Errorf("%s: got %.1500q, want %q; error %s", c.name, x.Stdout, c.want, traceback(x))
		}
	}
}

func traceback(x *sessions.Execution) string {
	if x.Error == nil {
		return "none"
	}
	return x.Error.Traceback
}

// TestDamagedModuleIndex asserts that an index which is not what it should be is not
// used, and that the reason can be read.
func TestDamagedModuleIndex(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	id := sessions.NewID()
	localtest.Execute(t, pool, id, `import sys
index = next(f for f in sys.meta_path if type(f).__name__ == 'ModuleIndex')
data = open('/opt/python/lib/modules.index', 'rb').read(4 << 20)
use_index = type(index).__init__.__globals__['use_index']
def tried(data):
    open('x.index', 'wb').write(data)
    before = len(sys.meta_path)
    said = use_index('x.index', '/opt/python', '/opt/site-packages')
    return len(sys.meta_path) - before, said`)
	for _, c := range []struct{ data, want string }{
		{"b''", "cannot mmap an empty file"},
		{"b'x'", "it is cut off"},
		{"data", "it is cut off"},
		{"data[:100]", "it is cut off"},
		{"b'ELSEWHAT' + data[8:]", "it is that of another Python"},
		{"data[:8] + b'1234' + data[12:]", "it is that of another Python"},
		{"data[:12] + bytes(4) + data[16:16] + (24).to_bytes(8, 'little')", "it is cut off"},
		{"data[:12] + (1 << 31).to_bytes(4, 'little') + (24).to_bytes(8, 'little')", "it is cut off"},
	} {
		x := localtest.Execute(t, pool, id, fmt.Sprintf("print(tried(%s))", c.data))
		if x.Error != nil || !strings.Contains(x.Stdout, c.want) || !strings.HasPrefix(x.Stdout, "(0, '") {
			t.Errorf("%s: %q, want %q; error %s", c.data, x.Stdout, c.want, traceback(x))
		}
	}
	if x := localtest.Execute(t, pool, id, "use_index('/opt/python/lib/modules.index', '/opt/other', '/opt/site-packages')"); !strings.Contains(string(x.Result), "another interpreter") {
		t.Errorf("of another interpreter: %s, %s", x.Result, traceback(x))
	}
	x := localtest.Execute(t, pool, id, `spec = index.find_spec('colorsys')
spec.loader.code = spec.loader.code[:10]
print(spec.loader.get_code('colorsys').co_filename)`)
	if x.Stdout != "/opt/python/lib/python3.14/colorsys.py\n" {
		t.Errorf("with damaged code: %q, %s", x.Stdout, traceback(x))
	}
}
