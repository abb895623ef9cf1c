package kernel

import (
	"os"
	"path/filepath"
	"testing"
)

// TestModules asserts that the kernel's modules and the code's do not meet.
func TestModules(t *testing.T) {
	p := start(t, Settings{}, Options{})
	for _, name := range []string{"frames", "run", "text", "_session_kernel"} {
		if got := p.value(t, "try:\n  import "+name+"\nexcept ModuleNotFoundError as e: got = e.name\ngot"); got != `"`+name+`"` {
			t.Errorf("import %s: %s", name, got)
		}
		if err := os.WriteFile(filepath.Join(p.data, name+".py"), []byte("x = 1"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t, "import importlib; importlib.invalidate_caches()")
	for _, c := range []struct{ code, want string }{
		{"import frames, run, text, _session_kernel; frames.x + run.x + text.x + _session_kernel.x", "4"},
		{"import sys, os; sys.path[-1] == os.getcwd() and '' not in sys.path", "true"},
		{"[n for n, m in sys.modules.items() if '/" + kernelFolder + "/' in (getattr(m, '__file__', None) or '')]", `"[]"`},
		{"1 + 1", "2"},
	} {
		if got := p.value(t, c.code); got != c.want {
			t.Errorf("%s = %s, want %s", c.code, got, c.want)
		}
	}
}

// TestPristine asserts that no function of the kernel looks at the builtins and
// the modules that code may change.
func TestPristine(t *testing.T) {
	p := start(t, Settings{}, Options{})
	p.run(t, `
import builtins, gc, types
gc.unfreeze()
functions = [f for f in gc.get_objects() if isinstance(f, types.FunctionType) and f.__globals__.get("__package__") == "_session_kernel"]
modules = {f.__module__.partition(".")[2]: f.__globals__ for f in functions}
own = type(get_ipython().kernel).serve.__builtins__
`)
	for _, c := range []struct{ code, want string }{
		{"len(functions) > 100, len(modules) > 15", `"(True, True)"`},
		{"own is vars(builtins)", "false"},
		{"{f.__qualname__ for f in functions if f.__builtins__ is not own}", `"set()"`},
		{"[(m, n) for m, g in modules.items() for n in ('os', 'fcntl', 'select', 'time', 'gc') if isinstance(g.get(n), types.ModuleType)]", `"[]"`},
	} {
		if got := p.value(t, c.code); got != c.want {
			t.Errorf("%s = %s, want %s", c.code, got, c.want)
		}
	}
}
