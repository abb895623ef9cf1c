package kernel

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// floods defines flood, which prints numbered lines until they are collected into
// blocks, and returns the next number.
const floods = `import sys, os, subprocess, threading, signal, time
def err(*a): print(*a, file=sys.stderr)
def flood(i=0):
    while sys.stdout.blocks is None:
        print(i); i += 1
        if i > 3_000_000: raise RuntimeError("no blocks")
    for _ in range(100): print(i); i += 1
    return i
`

// counted returns what follows the lines 0, 1, 2 … with which a text begins, and how
// many those are.
func counted(text string) (n int, rest string) {
	for {
		line, after, ok := strings.Cut(text, "\n")
		if !ok || line != fmt.Sprint(n) {
			return n, text
		}
		n, text = n+1, after
	}
}

// TestBlocks checks that a flood of lines, which is collected into blocks, loses
// nothing and stays in order with all else that is written.
func TestBlocks(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{MaxOutput: 64 << 20}, Options{MaxOutput: 64 << 20})
	p.run(t, floods)
	for name, c := range map[string]struct{ code, want string }{
		"alone":        {"flood(); print('end')", "end\n"},
		"program":      {"flood(); subprocess.run(['echo', 'program']); print('end')", "program\nend\n"},
		"shell":        {"flood(); os.system('echo shell'); print('end')", "shell\nend\n"},
		"spawned":      {"flood()\nos.waitpid(os.posix_spawn('/bin/echo', ['echo', 'spawned'], {}), 0); print('end')", "spawned\nend\n"},
		"magic":        {"flood()\n!echo magic\nprint('end')", "magic\nend\n"},
		"descriptor":   {"flood(); sys.stdout.flush(); os.write(1, b'bytes\\n'); print('end')", "bytes\nend\n"},
		"flushed":      {"flood(); print('now', flush=True); os.write(1, b'bytes\\n')", "now\nbytes\n"},
		"fork":         {"flood()\nif os.fork() == 0:\n  print('child'); os._exit(0)\nos.wait(); print('end')", "child\nend\n"},
		"fork and end": {"flood()\nif os.fork() == 0:\n  print('child'); sys.exit(0)\nos.wait(); print('end')", "child\nend\n"},
		"long":         {"flood(); print('x' * 3_000_000); print('end')", strings.Repeat("x", 3_000_000) + "\nend\n"},
		"not text":     {"flood()\ntry: sys.stdout.write(b'1')\nexcept TypeError as e: print(e)", "write() argument must be str, not bytes\n"},
		"surrogate":    {"flood(); print('\\udc80')", "\\udc80\n"},
		"in pieces":    {"flood(); print(1, 2, sep='', end=''); print(3)", "123\n"},
		"slow again":   {"flood(); time.sleep(0.3); print('lines'); print(sys.stdout.blocks)", "lines\nNone\n"},
		"finalizer":    {"class A:\n  def __del__(self): print('gone')\nfor _ in range(flood() and 3): A()\nprint('end')", "gone\ngone\ngone\nend\n"},
		"handler":      {"flood()\nsignal.signal(signal.SIGUSR1, lambda *a: print('handled'))\nsignal.raise_signal(signal.SIGUSR1); print('end')", "handled\nend\n"},
	} {
		o := p.run(t, c.code)
		if o.Error != nil {
			t.Errorf("%s: %s", name, o.Error.Traceback)
		}
		if n, rest := counted(o.Stdout); n == 0 || rest != c.want {
			t.Errorf("%s: %d lines, then %.200q, want %.200q", name, n, rest, c.want)
		}
	}
}

// TestBlocksOfBothStreams checks the order of two streams, and of displays, in a flood.
func TestBlocksOfBothStreams(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{MaxOutput: 64 << 20}, Options{MaxOutput: 64 << 20})
	p.run(t, floods)
	o := p.run(t, "i = flood()\nerr('a')\nprint('b')\nerr('c')\ndisplay('d')\nprint('e')\nflood(i)\nerr('f')")
	got := inOrder(o)
	_, got, _ = strings.Cut(got, " err:a⏎ ")
	i, j := strings.Index(got, "out:e⏎"), strings.LastIndex(got, " err:f⏎")
	if i < 0 || j < 0 || got[:i] != "out:b⏎ err:c⏎ show:'d' " {
		t.Errorf("got %.200s", got)
	}
}

// TestBlocksAreSent checks that what was collected arrives while code that prints
// nothing more goes on.
func TestBlocksAreSent(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{}, Options{})
	p.run(t, floods)
	var text strings.Builder
	arrived := make(chan time.Time, 1)
	began := time.Now()
	o, err := p.Execute("flood(); print('last', end=''); time.sleep(3)", func(e sessions.Event) {
		if text.WriteString(e.Text); strings.HasSuffix(text.String(), "last") {
			select {
			case arrived <- time.Now():
			default:
			}
		}
	})
	if err != nil || o.Error != nil {
		t.Fatal(err, o)
	}
	select {
	case at := <-arrived:
		if rest := time.Since(at); rest < time.Second {
			t.Errorf("the last word came %v after the start and %v before the end", at.Sub(began), rest)
		}
	default:
		t.Errorf("the last word did not come as an event: %.100q", text.String())
	}
}

// TestInterruptedBlocks checks that an interrupt in a flood loses no line.
func TestInterruptedBlocks(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{MaxOutput: 256 << 20}, Options{MaxOutput: 256 << 20})
	p.run(t, floods)
	for range 20 {
		o := p.run(t, `i = flood()
threading.Timer(0.05, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT)).start()
try:
    while True: print(i); i += 1
except KeyboardInterrupt: pass
print('at', i)`)
		var i int
		n, rest := counted(o.Stdout)
		// The last line may have been written, its number not counted, or cut short.
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, fmt.Sprint(n)), "\n")
		if _, err := fmt.Sscanf(rest, "at %d\n", &i); err != nil || i != n && i != n-1 {
			t.Fatalf("%d lines, then %.100q: %v", n, rest, err)
		}
	}
}

// TestBlocksOfThreads checks that several threads that flood lose nothing.
func TestBlocksOfThreads(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{MaxOutput: 64 << 20}, Options{MaxOutput: 64 << 20})
	p.run(t, floods)
	o := p.run(t, `flood(); print('threads')
def work(name):
    for i in range(20000): sys.stdout.write(f'{name}{i}\n')
all = [threading.Thread(target=work, args=(name,)) for name in 'abcd']
for thread in all: thread.start()
for thread in all: thread.join()`)
	_, rest := counted(o.Stdout)
	next := map[byte]int{}
	for line := range strings.Lines(strings.TrimPrefix(rest, "threads\n")) {
		if want := fmt.Sprintf("%c%d\n", line[0], next[line[0]]); line != want {
			t.Fatalf("got %q, want %q", line, want)
		}
		next[line[0]]++
	}
	for name, n := range next {
		if n != 20000 || len(next) != 4 {
			t.Errorf("%c wrote %d lines", name, n)
		}
	}
}

// TestBlocksAtExit checks that what was collected is sent before code ends the process.
func TestBlocksAtExit(t *testing.T) {
	t.Parallel()
	p := start(t, Settings{MaxOutput: 64 << 20}, Options{MaxOutput: 64 << 20})
	p.run(t, floods)
	var text strings.Builder
	_, _ = p.Execute("flood(); print('last')\nos._exit(3)", func(e sessions.Event) { text.WriteString(e.Text) })
	if n, rest := counted(text.String()); n == 0 || rest != "last\n" {
		t.Errorf("%d lines, then %.100q", n, rest)
	}
}
