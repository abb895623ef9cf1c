package kernel

import "testing"

// TestNames: what IPython has among the names of the code works, and dir does not list it.
func TestNames(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{Offline: true}, Options{})
	p.value(t, "a = 1")
	p.value(t, "6 * 7")
	for _, test := range []struct{ code, want string }{
		{"_", "42"},
		{"[n for n in dir() if not n.startswith('__')]", `"['a']"`},
		{"[n for n in dir() if n in ('_', '__', '___', '__builtin__')]", `"[]"`},
		{"sorted(n for n in dir(5) if n == 'real')", `"['real']"`},
		{"def f(x):\n    y = 1\n    return dir()\nf(1)", `"['x', 'y']"`},
		{"import sys\nget_ipython() is not None and isinstance(In, list) and isinstance(Out, dict) and callable(exit)", "true"},
		{"_ = 3\n'_' in dir()", "true"},
		{"exit = 'mine'\n'exit' in dir()", "true"},
		{"del exit, _", `""`},
		{"!exit 3", `""`},
		{"'_exit_code' in dir(), _exit_code", `"(False, 3)"`},
		{"%reset -f", `""`},
		{"[n for n in dir() if not n.startswith('__')], callable(quit)", `"([], True)"`},
	} {
		if got := p.value(t, test.code); got != test.want {
			t.Errorf("%s: %s, want %s", test.code, got, test.want)
		}
	}
}
