package local_test

import (
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// measureHeap defines heap(), the bytes that a session maps from the file that it
// shares with others, and changed(), those of its pages that differ from the file.
const measureHeap = `import ctypes
def mappings():
    for line in open('/proc/self/maps'):
        place, access, offset, _, _, *name = line.split(None, 5)
        if name and name[0].startswith('/opt/heap/'):
            start, end = (int(n, 16) for n in place.split('-'))
            yield start, end - start, int(offset, 16), access, name[0].strip()
def heap(): return sum(size for _, size, *_ in mappings())
def changed():
    n = 0
    for start, size, offset, _, name in mappings():
        with open(name, 'rb') as file:
            file.seek(offset)
            was, now = file.read(size), ctypes.string_at(start, size)
        n += sum(4096 for i in range(0, size, 4096) if was[i:i + 4096] != now[i:i + 4096])
    return n
`

// TestHeap asserts that sessions share most of what they never write to, that none can
// change it for the others, and that nothing of it can be executed.
func TestHeap(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Warm: -1})
	alice, bob := sessions.NewID(), sessions.NewID()
	for _, id := range []sessions.ID{alice, bob} {
		localtest.Execute(t, pool, id, measureHeap)
	}
	for _, c := range []struct {
		id         sessions.ID
		code, want string
	}{
		{alice, "heap() > 48 << 20", "True"},
		{alice, "{access for *_, access, _ in mappings()}", "{'rw-p'}"},
		{alice, "changed() < 4 << 20", "True"},
		{alice, "len({name for *_, name in mappings()})", "1"},
		{alice, `try: open(next(mappings())[-1], 'r+b')
except OSError as e: print(e.strerror)`, "Read-only file system\n"},
		{alice, `import os
try: os.remove(next(mappings())[-1])
except OSError as e: print(e.strerror)`, "Read-only file system\n"},
		// Every byte of it is the session's own once it is written to.
		{alice, `import json
first = [start for start, *_ in mappings()]
for start in first: ctypes.memmove(start, ctypes.string_at(start, 1), 1)
json.JSONEncoder.item_separator = '#'
print(json.dumps([1, 2]))`, "[1#2]\n"},
		{bob, "import json; print(json.dumps([1, 2]))", "[1, 2]\n"},
		{bob, "import pandas, gc; gc.collect(); int(pandas.DataFrame({'a': [1, 2]}).a.sum())", "3"},
		{bob, `import multiprocessing
with multiprocessing.get_context('fork').Pool(2) as p: print(p.map(abs, [-1, -2]))`, "[1, 2]\n"},
		{bob, "changed() < 16 << 20", "True"},
		// What libraries keep is immortal, and what code makes is not.
		{bob, "import sys; [sys._is_immortal(x) for x in (pandas, pandas.DataFrame, pandas.DataFrame.merge, pandas.DataFrame.merge.__code__)]",
			"[True, True, True, True]"},
		{bob, `import weakref
class Made:
    def run(self): return [n for n in range(3)]
made = Made()
seen = weakref.ref(made)
del made
print(seen(), sys._is_immortal(Made), Made().run())`, "None False [0, 1, 2]\n"},
		// Functions keep what else they have, and closures have their code in common.
		{bob, `import inspect, textwrap
print(inspect.signature(textwrap.shorten), inspect.getsource(textwrap.dedent)[:16], textwrap.dedent.__defaults__)`,
			"(text, width, **kwargs) def dedent(text) None\n"},
	} {
		x := localtest.Execute(t, pool, c.id, c.code)
		if got := x.Text + x.Stdout; got != c.want || x.Error != nil {
			t.Errorf("%s: %q, want %q; %s", c.code, got, c.want, traceback(x))
		}
	}
}
