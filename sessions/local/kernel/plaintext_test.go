package kernel

import (
	"strings"
	"testing"
)

// TestLongValues checks that the text of a value is bounded, says what it leaves
// out, and takes no longer for a value that is large.
func TestLongValues(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import collections, array\nmany = list(range(10**6))")
	for _, c := range []struct {
		code, begins, ends string
		most               int
	}{
		{"many", "[0, 1, 2,", "98, 99, … and 999900 more]", 600},
		{"tuple(many)", "(0, 1,", "… and 999900 more)", 600},
		{"set(many[:2000])", "{0, 1,", "… and 1900 more}", 600},
		{"frozenset(range(12))", "frozenset({0, 1,", "10, 11})", 80},
		{"dict.fromkeys(many)", "{0: None,", "… and 999900 more}", 2000},
		{"dict.fromkeys(many).keys()", "dict_keys([0,", "… and 999900 more])", 2000},
		{"collections.deque(many, maxlen=10**6)", "deque([0,", "… and 999900 more], maxlen=1000000)", 2000},
		{"collections.Counter(many)", "Counter({0: 1,", "… and 999900 more})", 3000},
		{"collections.Counter('aab')", "Counter({'a': 2, 'b': 1})", "", 80},
		{"array.array('q', many)", "array('q', [0, 1,", "… and 999900 more])", 700},
		{"[many, 'x' * 10**6]", "[[0, 1,", "x']", 3000},
		{"'x' * 10**7", "'xxx", "[9992000 of 10000000 characters left out] … '" + strings.Repeat("x", 2000) + "'", 9000},
		{"b'x' * 10**7", "b'xxx", "x'", 9000},
		{"'a' * 3000", "'aaa", "a'", 3002},
		{"2 ** 100000", "<int of 30103 digits: 999002093014384…734389883109376;", "", 200},
		{"-10 ** 5000", "<int of 5001 digits: -100000000000000…000000000000000;", "", 200},
		{"[10 ** 5000 - 1]", "[<int of 500", "", 200},
		{"[[1, 2]] * 3", "[[1, 2], [1, 2], [1, 2]]", "", 30},
		{"list(range(30))", "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,\n 22, ", " 29]", 120},
		{"loop = [1] * 10; loop.append(loop); loop", "[1, 1, ", "[...]]", 60},
		{"import numpy as np; np.arange(10**6)", "array([     0,", "shape=(1000000,))", 100},
		{"[[[0] * 1000] * 1000] * 3", "[[[0,", "the rest is left out", 300_000},
	} {
		o := p.run(t, c.code)
		if o.Error != nil || !strings.HasPrefix(o.Text, c.begins) || !strings.HasSuffix(o.Text, c.ends) || len([]rune(o.Text)) > c.most {
			t.Errorf("%q: %d characters, %.200q … %q, %+v", c.code, len(o.Text), o.Text, o.Text[max(0, len(o.Text)-200):], o.Error)
		}
	}
}

// TestResultsAreAsIPython checks that the result of a cell, as Azure has it, keeps the
// lines that IPython gives a container: AutoGen, for one, splits at them.
func TestResultsAreAsIPython(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	for _, c := range []string{
		"['some text'] * 20", "list(range(30))", "tuple(range(30))", "set(range(40))", "list(range(2000))", "dict.fromkeys(range(50))",
		"{'a': list(range(40)), 'b': {'c': ['some text'] * 20}}",
	} {
		o := p.run(t, "from IPython.lib.pretty import pretty\nvalue = "+c+"\nvalue")
		same := p.run(t, "result = "+string(o.Result)+"\nresult == pretty(value) or (result[:300], pretty(value)[:300])")
		if same.Text != "True" {
			t.Errorf("%s: %s", c, same.Text)
		}
	}
}

// TestSlowFormatters checks that a value whose formatter takes long is shown
// otherwise, and that an alarm of the code is left alone.
func TestSlowFormatters(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, `
import signal, time
rang = []
signal.signal(signal.SIGALRM, lambda *_: rang.append(1))
signal.setitimer(signal.ITIMER_REAL, 600)
class Page:
    def _repr_html_(self):
        while True: pass
    def __repr__(self): return "a page"
class Stubborn:
    def __repr__(self):
        while True:
            try: time.sleep(60)
            except Exception: pass`)
	for _, c := range []struct{ code, text, note string }{
		{"Page()", "a page\n", "[Page._repr_html_ took more than 2 s and was stopped; this is the plain form]"},
		{"Stubborn()", "<__main__.Stubborn object at 0x", "[Stubborn.__repr__ took"},
		{"signal.getsignal(signal.SIGALRM).__name__, 500 < signal.getitimer(signal.ITIMER_REAL)[0] <= 600, rang", "('<lambda>', True, [])", ""},
	} {
		if o := p.run(t, c.code); o.Error != nil || !strings.HasPrefix(o.Text, c.text) || !strings.Contains(o.Text, c.note) {
			t.Errorf("%s: %q, %+v", c.code, o.Text, o.Error)
		}
	}
	if o := p.run(t, "display(Page())"); len(o.Displays) != 1 || !strings.Contains(string(o.Displays[0].Data["text/plain"]), "took more than 2 s") {
		t.Errorf("displays %+v, %+v", o.Displays, o.Error)
	}
}

// TestTables checks that no column of a table that fits is left out, and that code
// can set the options.
func TestTables(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import pandas as pd, polars as pl\ncols = [f'field_{i:02d}_name' for i in range(24)]\ndf = pd.DataFrame([range(24)], columns=cols)\nlost = lambda text: [c for c in cols if c not in text]\nwidest = lambda text: max(map(len, text.splitlines()))")
	for _, c := range []struct{ code, want string }{
		{"lost(repr(df)), widest(repr(df)) <= 200", `"([], True)"`},
		{"lost(str(pl.DataFrame(df)))", `"[]"`},
		{"repr(pd.DataFrame({'a': range(50)})).count('\\n')", `50`},
		{"'[100 rows x 1 columns]' in repr(pd.DataFrame({'a': range(100)}))", `true`},
		{"'x' * 90 in repr(pd.DataFrame({'a': ['x' * 90]}))", `true`},
		{"pd.set_option('display.max_columns', 4); len(lost(repr(df)))", `20`},
		{"pl.Config.set_tbl_cols(4); len(lost(str(pl.DataFrame(df))))", `20`},
	} {
		if got := p.value(t, c.code); got != c.want {
			t.Errorf("%s = %s, want %s", c.code, got, c.want)
		}
	}
}

// TestSympyPrinting checks that init_printing changes formulas alone.
func TestSympyPrinting(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import sympy, pandas as pd\nsympy.init_printing()\nx = sympy.Symbol('x')")
	for _, c := range []struct{ code, text string }{
		{"5", "5"}, {"1.5", "1.5"}, {"[1, 'a', x**2]", "[1, 'a', x**2]"}, {"{'a': x / 2}", "{'a': x/2}"},
		{"pd.DataFrame({'a': [1]})", "   a\n0  1"}, {"x", "x"},
	} {
		o := p.run(t, c.code)
		if o.Text != c.text || o.Error != nil {
			t.Errorf("%s: %q, %+v", c.code, o.Text, o.Error)
		}
		for _, d := range o.Displays {
			if d.Data["image/png"] != nil {
				t.Errorf("%s: a picture", c.code)
			}
		}
	}
}

// TestLocales checks that code can choose locales which the system has not.
func TestLocales(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, "import locale, time, os")
	for _, c := range []struct{ code, want string }{
		{"locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8'); locale.format_string('%.2f', 1234.5, grouping=True) + time.strftime(' %B', time.gmtime(5356800))", `"1.234,50 M\u00e4rz"`},
		{"locale.setlocale(locale.LC_ALL, 'en_US.UTF-8'); locale.currency(1234.5, grouping=True)", `"$1,234.50"`},
		{"locale.setlocale(locale.LC_TIME, 'fr_FR'); time.strftime('%A', time.gmtime(0))", `"jeudi"`},
		{"locale.setlocale(locale.LC_ALL, ('cs_CZ', 'UTF-8')); locale.localeconv()['decimal_point']", `","`},
		{"os.environ['LC_ALL'] = 'pl_PL.UTF-8'; locale.setlocale(locale.LC_ALL, ''); time.strftime('%b', time.gmtime(0))", `"sty"`},
		{"locale.setlocale(locale.LC_ALL, 'sv_SE.utf8'); sorted(['b', 'a', 'C'], key=locale.strxfrm)", `"['a', 'b', 'C']"`},
		{"'é'.upper()", `"\u00c9"`},
	} {
		if got := p.value(t, c.code); got != c.want {
			t.Errorf("%s = %s, want %s", c.code, got, c.want)
		}
	}
	for _, code := range []string{"locale.setlocale(locale.LC_ALL, 'xx_XX.UTF-8')", "locale.setlocale(locale.LC_ALL, '../../etc.utf8')", "locale.setlocale(99, 'de_DE.UTF-8')"} {
		if o := p.run(t, code); o.Error == nil {
			t.Errorf("%s: no error", code)
		}
	}
}
