package kernel

import (
	"strings"
	"testing"
)

// TestScripts asserts that titles in many scripts are drawn with letters, in the
// default font and in fonts that models name. Letters are compared: two of a
// script give two pictures.
func TestScripts(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, `
import matplotlib, matplotlib.pyplot as plt, matplotlib.font_manager as fm
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
fig = Figure(figsize=(.6, .6), dpi=50); FigureCanvasAgg(fig)
def drawn(text):
    fig.clear(); fig.text(.2, .2, text, fontsize=24); fig.canvas.draw()
    return bytes(fig.canvas.buffer_rgba())
scripts = {"Latin": "ÿž", "Greek": "λω", "Cyrillic": "жю", "simplified": "销额", "traditional": "銷體", "Japanese": "かタ",
    "Korean": "가나", "Hindi": "कख", "Arabic": "مش", "Hebrew": "שמ", "Thai": "กข", "Bengali": "কখ", "Tamil": "கம", "Telugu": "కఖ",
    "Gujarati": "કખ", "Gurmukhi": "ਕਖ", "Kannada": "ಕಖ", "Malayalam": "കഖ", "Oriya": "କଖ", "Sinhala": "කඛ", "Khmer": "កខ",
    "Burmese": "ကခ", "Amharic": "አለ", "Georgian": "აბ", "Armenian": "աբ", "Lao": "ກຂ", "emoji": "📈🚀"}
def boxes(most):
    return [name for name, (a, b) in list(scripts.items())[:most] if drawn(a) == drawn(b)]
`)
	// Last Resort draws the same box for all letters of a block.
	if got := p.value(t, `drawn("\ue000") == drawn("\ue001")`); got != "true" {
		t.Fatal("letters that no font has differ, so that this test finds nothing")
	}
	for i, setting := range []string{
		"pass",
		"plt.rcParams['font.sans-serif'] = ['SimHei', 'Microsoft YaHei', 'Arial Unicode MS']; plt.rcParams['axes.unicode_minus'] = False",
		"plt.rcParams['font.family'] = 'Arial'",
		"plt.rcParams['font.family'] = ['Malgun Gothic', 'Times New Roman']",
		"plt.rcParams['font.sans-serif'] = ['Hiragino Sans', 'Yu Gothic'] + plt.rcParams['font.sans-serif']; plt.rcParams['font.weight'] = 'bold'",
		"plt.rcParams['font.family'] = 'No Such Font'",
	} {
		most := "14"
		if i == 0 {
			most = "99"
		}
		o := p.run(t, "with matplotlib.rc_context():\n    "+setting+"\n    bad = boxes("+most+")\nbad")
		if string(o.Result) != `"[]"` {
			t.Errorf("%s: boxes for %s, %+v", setting, o.Result, o.Error)
		}
		want := ""
		if strings.Contains(setting, "No Such Font") {
			want = "findfont: Font family 'No Such Font' not found; DejaVu Sans is used.\n"
		}
		if o.Stderr != want {
			t.Errorf("%s: says %q, want %q", setting, o.Stderr, want)
		}
	}
	// Letters in formulas, and beside them, with each set of fonts for formulas.
	if got := p.value(t, `def formula_boxes():
    forms = ["{} $x^2$", "$\\mathrm{{{}}}$", "$\\mathbf{{{}}}$", "$\\frac{{{}}}{{2}}$"]
    return [(name, form) for name in ("simplified", "Japanese", "Korean", "Hindi", "Thai") for form in forms
        if drawn(form.format(scripts[name][0])) == drawn(form.format(scripts[name][1]))]
bad = []
for fontset in ("dejavusans", "dejavuserif", "cm", "stix", "stixsans", "custom"):
    with matplotlib.rc_context({"mathtext.fontset": fontset, "font.sans-serif": ["SimHei"]}):
        bad += formula_boxes()
bad`); got != `"[]"` {
		t.Errorf("formulas: boxes for %s", got)
	}
	// What other libraries ask for is found as well.
	if got := p.value(t, "[fm.findfont(n, fallback_to_default=False).rpartition('/')[2] for n in ('SimHei', 'arial', 'Mangal')]"); !strings.Contains(got, "NotoSansCJK") || !strings.Contains(got, "DejaVuSans.ttf") || !strings.Contains(got, "Devanagari") {
		t.Errorf("findfont: %s", got)
	}
	if o := p.run(t, "fm.findfont('No Such Font', fallback_to_default=False)"); o.Error == nil || o.Error.Name != "ValueError" {
		t.Errorf("findfont of what is not there: %+v", o.Error)
	}
	// The face of a family that stands for another is that of its language.
	if got := p.value(t, "[f.face_index for n in ('SimHei', 'Meiryo', 'Malgun Gothic') for f in fm.fontManager._find_fonts_by_props(fm.FontProperties(family=n))[:1]]"); got != `"[2, 0, 1]"` {
		t.Errorf("faces %s", got)
	}
}

// TestMissingLetters asserts that letters which no font has are told of once in a
// run, in one line with the letters.
func TestMissingLetters(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for range 2 {
		o := p.run(t, `import matplotlib.pyplot as plt
for text in ("བོད་སྐད་ཀྱི་ཡི་གེ", "བོད་སྐད $x^2$", r"$\mathrm{བོད}$", "ᠠᠪ"):
    plt.figure(figsize=(2, 2)); plt.title(text); plt.savefig("a.pdf"); plt.show()`)
		if len(o.Displays) != 4 || o.Error != nil || strings.Count(o.Stderr, "\n") != 1 || len(o.Stderr) > 300 ||
			!strings.HasPrefix(o.Stderr, "Glyph of ") || !strings.Contains(o.Stderr, " missing from all installed fonts: drawn as a box. Upload a font") || !strings.Contains(o.Stderr, "བ") || !strings.Contains(o.Stderr, "ᠠ") {
			t.Errorf("%d figures, %+v, %q", len(o.Displays), o.Error, o.Stderr)
		}
	}
	if o := p.run(t, `import warnings; warnings.filterwarnings("ignore", "Glyph .* missing from")
plt.title("བོད"); plt.show()`); len(o.Displays) != 1 || o.Stderr != "" {
		t.Errorf("%d figures, %q", len(o.Displays), o.Stderr)
	}
}

// TestNoFont asserts that a file which is no font, or is not there, costs no
// figure.
func TestNoFont(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	o := p.run(t, `import matplotlib.pyplot as plt, matplotlib.font_manager as fm
open("no.ttf", "w").write("<html>"); open("void.ttf", "w").close()
plt.figure(); plt.plot([1])
plt.figure(); plt.title("a", fontproperties=fm.FontProperties(fname="no.ttf")); plt.xlabel("b", fontproperties=fm.FontProperties(fname="void.ttf"))
plt.figure(); plt.plot([2]);`)
	if len(o.Displays) != 3 || o.Error != nil || strings.Count(o.Stderr, "is not a font that can be read") != 2 {
		t.Errorf("%d figures, %+v, %q", len(o.Displays), o.Error, o.Stderr)
	}
	o = p.run(t, `plt.title("月", fontproperties=fm.FontProperties(fname="/usr/share/fonts/simhei.ttf")); plt.xlabel("b", fontproperties=fm.FontProperties(fname=r"C:\Windows\Fonts\msyh.ttc"))
plt.title("$x$ 月", fontproperties=fm.FontProperties(fname="/usr/share/fonts/simhei.ttf"));`)
	if len(o.Displays) != 1 || o.Error != nil || strings.Count(o.Stderr, "does not exist") != 2 || strings.Contains(o.Stderr, "Glyph") {
		t.Errorf("%d figures, %+v, %q", len(o.Displays), o.Error, o.Stderr)
	}
	o = p.run(t, `fm.fontManager.addfont("no.ttf")`)
	if o.Error == nil || !strings.HasPrefix(o.Error.Message, "no.ttf is not a font that can be read.") {
		t.Errorf("addfont: %+v", o.Error)
	}
	o = p.run(t, `fm.fontManager.addfont(fm.findfont("DejaVu Serif")); plt.rcParams["font.family"] = fm.FontProperties(fname=fm.findfont("SimHei")).get_name()
plt.title("月");`)
	if len(o.Displays) != 1 || o.Error != nil || o.Stderr != "" {
		t.Errorf("addfont: %d figures, %+v, %q", len(o.Displays), o.Error, o.Stderr)
	}
	// One figure that cannot be drawn does not cost the others.
	o = p.run(t, `plt.figure(); plt.plot([1])
plt.figure(); plt.title("$\\frac{$")
plt.figure(); plt.plot([2]);`)
	if n := pictures(o); n != 2 || o.Error == nil {
		t.Errorf("%d figures beside a broken one, %+v", n, o.Error)
	}
}

// pictures is how many displays of a run are PNG images.
func pictures(o *Outcome) (n int) {
	for _, d := range o.Displays {
		if d.Data["image/png"] != nil {
			n++
		}
	}
	return n
}

// TestBackends asserts that no figure is lost, nor shown twice, whatever format
// or backend code selects.
func TestBackends(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	const plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\n"
	ways := []string{"plt.show()", "", "plt.gcf()", "display(plt.gcf())"}
	for i, selected := range []string{
		"%config InlineBackend.figure_format = 'svg'\n", "%config InlineBackend.figure_formats = {'pdf', 'jpeg'}\n",
		"%config InlineBackend.figure_format = 'retina'\n", "import matplotlib_inline\nmatplotlib_inline.backend_inline.set_matplotlib_formats('svg')\n",
		"%matplotlib notebook\n", "%matplotlib widget\n", "%matplotlib ipympl\n", "%matplotlib qt\n", "%matplotlib\n", "%matplotlib inline\n", "%matplotlib agg\n", "%pylab\n",
		"import matplotlib; matplotlib.use('TkAgg')\n", "import matplotlib; matplotlib.use('Qt5Agg')\n", "import matplotlib; matplotlib.use('module://ipympl.backend_nbagg')\n",
		"import matplotlib; matplotlib.use('svg')\n", "import matplotlib.pyplot as plt; plt.switch_backend('MacOSX')\n",
		"import matplotlib; matplotlib.use('widget')\n", "import matplotlib; matplotlib.use('cairo')\n", "import matplotlib; matplotlib.use('pgf')\n",
		"import matplotlib; matplotlib.use('Qt6Agg')\n", "import matplotlib; matplotlib.rcParams['backend'] = 'ipympl'\n", "import matplotlib.pyplot as plt; plt.switch_backend('svg'); plt.ion()\n",
	} {
		shown := ways[i%len(ways):][:1]
		if i == 0 {
			shown = ways
		}
		for _, shown := range shown {
			// A test each, so that one tells how long each takes.
			t.Run(strings.TrimSpace(selected+shown), func(t *testing.T) {
				o := p.run(t, selected+plot+shown)
				if n := pictures(o); n != 1 || o.Error != nil || o.Stderr != "" {
					t.Errorf("%d pictures, %+v, %q", n, o.Error, o.Stderr)
				}
			})
		}
	}
	if o := p.run(t, "matplotlib.use('nosuch')"); o.Error == nil || o.Error.Name != "ValueError" {
		t.Errorf("a backend that nobody has: %+v", o.Error)
	}
}

// TestFormulas asserts that sympy's printing makes no pictures.
func TestFormulas(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import sympy; sympy.init_printing(); x = sympy.Symbol('x')")
	for code, text := range map[string]string{
		"5": "5", "2.5": "2.5", "[1, 2]": "[1, 2]", "sympy.Integer(3)": "3", "sympy.Rational(1, 2)": "1/2",
	} {
		o := p.run(t, code)
		if o.Error != nil || strings.TrimSpace(o.Text) != text {
			t.Errorf("%s: %q, %+v", code, o.Text, o.Error)
		}
		for _, d := range o.Displays {
			if d.Data["image/png"] != nil {
				t.Errorf("%s: a picture", code)
			}
		}
	}
	for code, latex := range map[string]bool{"5": false, "2.5": false, "True": false, "[1, 2]": false, "(x, 1)": false, "{1: 2}": false, "x / 2": true} {
		o := p.run(t, "display("+code+")")
		if len(o.Displays) != 1 || (o.Displays[0].Data["text/latex"] != nil) != latex || o.Displays[0].Data["image/png"] != nil {
			t.Errorf("display(%s): %q, %+v", code, o.Displays, o.Error)
		}
	}
}

// TestTasks asserts that any cell can make tasks, which run while a cell awaits.
func TestTasks(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for _, c := range []struct{ code, stdout, result string }{
		{"import asyncio, threading\nasync def later(x):\n    print('begins'); await asyncio.sleep(.01); return x\nt = asyncio.create_task(later(3))\nt.done()", "begins\n", `false`},
		{"await t", "", `3`},
		{"asyncio.get_running_loop().create_task(later(4)) and 1", "begins\n", `1`},
		{"loop = asyncio.get_running_loop()\nloop is asyncio.get_event_loop(), loop.is_running()", "", `"(True, False)"`},
		{"t = asyncio.ensure_future(later(5)); f = loop.run_in_executor(None, lambda: 6)", "begins\n", `""`},
		{"await asyncio.gather(t, f)", "", `"[5, 6]"`},
		{"t = asyncio.create_task(later(7)); asyncio.run(later(8))", "begins\nbegins\n", `8`},
		{"await t", "", `7`},
		{"loop.run_until_complete(later(9))", "begins\n", `9`},
		{"loop.close(); t = asyncio.create_task(asyncio.sleep(0, 1))", "", ``},
		{"t = asyncio.create_task(asyncio.sleep(0, 2))", "", `""`},
		{"await t", "", `2`},
		{"t = asyncio.create_task(asyncio.sleep(0)); t in asyncio.all_tasks(), asyncio.current_task()", "", `"(True, None)"`},
		{"await asyncio.sleep(0); asyncio.current_task() in asyncio.all_tasks()", "", `true`},
		{"await asyncio.wait_for(later(3), 60)", "begins\n", `3`},
		{"import nest_asyncio; nest_asyncio.apply()\nasyncio.run(later(10))", "begins\n", `10`},
		{"await later(11)", "begins\n", `11`},
		{"await asyncio.wait_for(later(5), 60)", "begins\n", `5`},
		{"async with asyncio.timeout(60), asyncio.TaskGroup() as g: t = g.create_task(later(6))\nt.result()", "begins\n", `6`},
		{"async def within(): return asyncio.run(asyncio.wait_for(later(7), 60))\nawait within()", "begins\n", `7`},
		{"t = asyncio.create_task(later(8)); t in asyncio.all_tasks(), asyncio.current_task()", "begins\n", `"(True, None)"`},
		{"await t", "", `8`},
		{"asyncio.run(later(12)) + await later(1)", "begins\nbegins\n", `13`},
		{"def there():\n    try: asyncio.get_running_loop(); seen.append('a loop')\n    except RuntimeError: seen.append('none')\nseen = []\nw = threading.Thread(target=there); w.start(); w.join()\nseen[0]", "", `"none"`},
	} {
		o := p.run(t, c.code)
		if c.result == "" {
			if o.Error == nil {
				t.Errorf("%s: no error", c.code)
			}
			continue
		}
		if o.Error != nil || o.Stdout != c.stdout || string(o.Result) != c.result {
			t.Errorf("%s: %s, %q, %+v", c.code, o.Result, o.Stdout, o.Error)
		}
	}
}

// TestAutomagic asserts that lines which begin with the name of a magic are one
// where they are Python as well, and that what code has named so is its own.
func TestAutomagic(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "open('seen.txt', 'w').write('inside'); open('.hidden', 'w').write('dot')")
	for _, c := range []struct{ code, stdout, failure string }{
		{"ls -la", "seen.txt", ""}, {"ls", "seen.txt", ""}, {"ls | head", "seen.txt", ""}, {"ls *.txt", "seen.txt", ""},
		{"cat seen.txt", "inside", ""}, {"mkdir -p sub", "", ""}, {"cd sub", "sub", ""}, {"cd ..", "", ""}, {"%cd sub", "sub", ""}, {"cd ..", "", ""},
		{"\n\nls -la\n\n", "seen.txt", ""}, {"cat .hidden", "dot", ""}, {"ls [a-z]*", "seen.txt", ""}, {"ls > .listed", "", ""}, {"cat .listed", "seen.txt", ""},
		{"missing - 1", "", "NameError"}, {"missing.a", "", "NameError"}, {"missing[0]", "", "NameError"}, {"time.time", "", "NameError"},
		{"ls = 5; la = 2", "", ""}, {"print(ls -la)", "3", ""}, {"ls -la", "", ""},
	} {
		o := p.run(t, c.code)
		if c.failure != "" && (o.Error == nil || o.Error.Name != c.failure) || c.failure == "" && o.Error != nil || !strings.Contains(o.Stdout, c.stdout) {
			t.Errorf("%s: %q, %+v", c.code, o.Stdout, o.Error)
		}
	}
	if got := p.value(t, "ls -la"); got != "3" {
		t.Errorf("a difference of the code's own variables is %s", got)
	}
}

// TestImported asserts that what models import out of habit is there and works.
func TestImported(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, `import zipfile
cell = lambda kind, value, text: f'<table:table-cell office:value-type="{kind}" {value}><text:p>{text}</text:p></table:table-cell>'
rows = [cell("string", "", "město") + cell("string", "", "tržby"), cell("string", "", "Žďár") + cell("float", 'office:value="340"', "340")]
space = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
with zipfile.ZipFile("a.ods", "w") as z:
    z.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    z.writestr("META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
    z.writestr("content.xml", f'<office:document-content{space}><office:body><office:spreadsheet><table:table table:name="A">'
        + "".join(f"<table:table-row>{r}</table:table-row>" for r in rows) + "</table:table></office:spreadsheet></office:body></office:document-content>")`)
	for _, c := range []struct{ code, result string }{
		{"import pytz, datetime\ndatetime.datetime(2024, 1, 1, tzinfo=pytz.utc).astimezone(pytz.timezone('Europe/Prague')).hour", `1`},
		{"import pandas as pd\npd.read_excel('a.ods').to_dict('list') == {'město': ['Žďár'], 'tržby': [340]}", `true`},
		{"from tqdm.notebook import tqdm, trange\nlen(list(tqdm(range(3), display=True, desc='d'))) + len(list(trange(2)))", `5`},
		{"from tqdm.auto import tqdm\nlen(list(tqdm(range(3))))", `3`},
	} {
		o := p.run(t, c.code)
		if o.Error != nil || string(o.Result) != c.result {
			t.Errorf("%s: %s, %+v", c.code, o.Result, o.Error)
		}
	}
}

// TestEveryPip asserts that pip says what %pip says, however it is called.
func TestEveryPip(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	p.run(t, `import subprocess, sys, json, os
def said(*command, **kwargs):
    r = subprocess.run(command, capture_output=True, text=True, **kwargs)
    return [r.returncode, r.stdout, r.stderr]`)
	const own, none = `[0, "numpy is already installed, version `, `[1, "", "ERROR: this session reaches no package index, and these are not installed: nosuch.`
	for _, c := range []struct{ code, begin string }{
		{"said(sys.executable, '-m', 'pip', 'install', '-qU', 'numpy')", own},
		{"said('pip', 'install', 'numpy', '--index-url', 'https://example.org/simple')", own},
		{"said('pip3', 'install', 'numpy')", own},
		{"said('uv', 'pip', 'install', '--system', '-p', '3', 'numpy')", own},
		{"said('bash', '-c', 'cd /; pip install numpy')", own},
		{"said('/usr/bin/env', 'python3', '-m', 'pip', 'install', 'numpy')", own},
		{"said(sys.executable, '-c', 'import pip, sys; sys.exit(pip.main([\"install\", \"numpy\"]))')", own},
		{"said(sys.executable, '-c', 'import sys; sys.argv[1:] = [\"install\", \"numpy\"]\\nfrom pip._internal.cli.main import main; sys.exit(main())')", own},
		{"said('/usr/bin/python3' if os.path.exists('/usr/bin/python3') else 'python3', '-m', 'pip', 'install', 'numpy')", own},
		{"said('pip', 'install', 'nosuch')", none},
		{"said('pip', 'install', '--upgrade', 'pip')", `[0, "pip stays as it is`},
		{"said('pip', 'intsall', 'numpy')", `[1, "", "ERROR: pip has no command 'intsall'; did you mean 'install'?`},
		{"said('pip')", `[0, "pip install ./NAME.whl, or`},
	} {
		o := p.run(t, "print(json.dumps("+c.code+"))")
		if o.Error != nil || !strings.HasPrefix(o.Stdout, c.begin) {
			t.Errorf("%s: %s, %+v, want %s", c.code, o.Stdout, o.Error, c.begin)
		}
	}
	o := p.run(t, "%%bash\npip install numpy\npip install nosuch || echo goes on")
	if !strings.HasPrefix(o.Stdout, "numpy is already installed") || !strings.HasSuffix(o.Stdout, "goes on\n") || !strings.Contains(o.Stderr, "no package index") {
		t.Errorf("%%%%bash: %+v", o)
	}
	if got := p.value(t, "[p['name'] for p in json.loads(said('pip', 'list', '--format=json')[1]) if p['name'] in ('numpy', 'IPython', 'ipython')]"); got != `"['ipython', 'numpy']"` {
		t.Errorf("pip list --format=json: %s", got)
	}
}
