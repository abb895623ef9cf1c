package local_test

import (
	"slices"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// A memoryMethod is a way to make the host hold memory for a session. Its code
// goes on until it is stopped.
type memoryMethod struct{ name, code string }

// memoryMethods are the ways that take seconds.
var memoryMethods = []memoryMethod{
	{"arrays", "import numpy\nkeep = []\nwhile True: keep.append(numpy.ones(1 << 20))"},
	{"one array", "import numpy\nkeep = numpy.ones(1 << 28)"},
	{"socket pairs", "import socket\nkeep = []\nwhile True:\n  a, b = socket.socketpair()\n  for s in (a, b):\n    s.setblocking(False)\n    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)\n    try:\n      while True: s.send(bytes(1 << 16))\n    except BlockingIOError: pass\n  keep.append((a, b))"},
	{"pipes", "import os, fcntl\nkeep = []\nwhile True:\n  r, w = os.pipe()\n  fcntl.fcntl(w, 1031, 1 << 20)\n  os.set_blocking(w, False)\n  try:\n    while True: os.write(w, bytes(1 << 16))\n  except BlockingIOError: pass\n  keep.append((r, w))"},
	{"TCP over loopback", "import socket\nl = socket.create_server(('127.0.0.1', 0), backlog=4000)\nkeep = []\nwhile True:\n  a = socket.create_connection(l.getsockname()); b, _ = l.accept()\n  for s in (a, b):\n    s.setblocking(False)\n    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)\n    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)\n  for s in (a, b):\n    try:\n      while True: s.send(bytes(1 << 16))\n    except BlockingIOError: pass\n  keep.append((a, b))"},
	{"extended attributes", "import os\ni = 0\nwhile True:\n  open(f'/tmp/x{i}', 'w').close()\n  for k in range(60):\n    try: os.setxattr(f'/tmp/x{i}', f'user.{k}', bytes(60000))\n    except OSError: break\n  i += 1"},
	{"splice", "import os, fcntl\nkeep = []\nr0, w0 = os.pipe(); fcntl.fcntl(w0, 1031, 1 << 20); os.set_blocking(w0, False)\nz = os.open('/dev/zero', os.O_RDONLY)\nwhile True:\n  r, w = os.pipe()\n  fcntl.fcntl(w, 1031, 1 << 20)\n  os.set_blocking(w, False)\n  try:\n    while True: os.splice(z, w, 1 << 16, flags=2)\n  except BlockingIOError: pass\n  keep.append((r, w))"},
	{"events of inotify", "import ctypes, os\nc = ctypes.CDLL(None)\nos.makedirs('/tmp/j', exist_ok=True)\nfs = [c.inotify_init1(0) for _ in range(1000)]\nfor f in fs: c.inotify_add_watch(f, b'/tmp/j', 0xfff)\ni = 0\nwhile True:\n  open('/tmp/j/' + 'n' * 240 + str(i % 10), 'w').close(); i += 1"},
	{"processes", "import os, time\nkeep = b'x' * (20 << 20)\nfor _ in range(250):\n  if os.fork() == 0:\n    k = bytearray(1 << 20); time.sleep(60); os._exit(0)\ntime.sleep(5)"},
	{"arrays of processes", "import numpy, os, time\nfor _ in range(4):\n  if os.fork() == 0:\n    k = []\n    while True: k.append(numpy.ones(1 << 22))\ntime.sleep(20)"},
	{"shared memory of System V", "import ctypes\nc = ctypes.CDLL(None)\nc.shmat.restype = ctypes.c_void_p\nwhile True:\n  i = c.shmget(0, 1 << 20, 0o1600)\n  a = c.shmat(i, None, 0)\n  ctypes.memset(a, 1, 1 << 20)"},
}

// testMemory is the limit of the tests of memory, and memoryBound what the host
// may hold at most for a session with it.
const (
	testMemory  = 300 << 20
	memoryBound = testMemory * 13 / 10
)

// TestMemoryMethods has code take memory in every way that is quick, and looks at
// what the host holds meanwhile.
func TestMemoryMethods(t *testing.T) {
	pool := localtest.New(t, local.Options{Memory: testMemory, Disk: 200 << 20, Warm: -1})
	for _, m := range memoryMethods {
		t.Run(m.name, func(t *testing.T) {
			id := sessions.NewID()
			defer localtest.Stop(t, pool, id)
			x := takeMemory(t, pool, id, m.code, 100*time.Second)
			if x.Status != sessions.OutOfMemory || !x.VariablesLost {
				t.Errorf("status %q after %v, variables lost %v, error %+v, stderr %.300q", x.Status, x.Duration, x.VariablesLost, x.Error, x.Stderr)
			}
			if y := localtest.Execute(t, pool, id, "'mark' in globals()"); y.Restart != sessions.RestartMemory || string(y.Result) != "false" {
				t.Errorf("the next run: restart %q, variables there: %s", y.Restart, y.Result)
			}
		})
	}
}

// takeMemory runs code that takes memory, and checks what the host holds
// meanwhile.
func takeMemory(t *testing.T, pool sessions.Pool, id sessions.ID, code string, timeout time.Duration) *sessions.Execution {
	t.Helper()
	localtest.Execute(t, pool, id, "mark = 1")
	watch := watchFootprint(t)
	x, err := pool.Execute(t.Context(), id, sessions.Request{Code: code, Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	peak := watch.end()
	t.Logf("%s after %v; at most %d MiB:%s", x.Status, x.Duration.Round(time.Millisecond), peak>>20, watch.parts)
	if peak > memoryBound {
		t.Errorf("the host held %d MiB for a session that may use %d", peak>>20, testMemory>>20)
	}
	return x
}

// TestMemoryWithin shows that a limit is not reached before its time.
func TestMemoryWithin(t *testing.T) {
	t.Parallel()
	const limit = 512 << 20
	pool := localtest.New(t, local.Options{Memory: limit, Warm: -1})
	id := sessions.NewID()
	for _, code := range []string{
		"import numpy; a = numpy.ones(8 * (512 << 20) // 10 // 8); a.nbytes >= 0.8 * (512 << 20) - 8",
		"del a; b = bytearray(b'x') * (8 * (512 << 20) // 10); len(b) >= 0.8 * (512 << 20) - 8",
		"del b; open('/tmp/f', 'wb').write(bytes(200 << 20)) == 200 << 20",
	} {
		if x := localtest.Execute(t, pool, id, code); x.Status != sessions.Succeeded || x.Text != "True" || x.Restart != "" {
			t.Errorf("%s: %q, %s, %+v, restart %q", code, x.Status, x.Text, x.Error, x.Restart)
		}
	}
}

// TestMemoryOfIdle has threads that were left behind take memory while no code
// runs.
func TestMemoryOfIdle(t *testing.T) {
	pool := localtest.New(t, local.Options{Memory: testMemory, Warm: -1})
	for _, take := range []string{
		"keep.append(numpy.ones(1 << 20)) is None",
		"True",
	} {
		id := sessions.NewID()
		localtest.Execute(t, pool, id, "mark = 1")
		watch := watchFootprint(t)
		localtest.Execute(t, pool, id, `import threading, numpy, os, socket, time
keep = []
def grow():
  time.sleep(0.3)
  while True:
    a, b = socket.socketpair()
    a.setblocking(False)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
    try:
      while `+take+`: a.send(bytes(1 << 18))
    except BlockingIOError: pass
    keep.append((a, b))
threading.Thread(target=grow, daemon=True).start()`)
		_, _, before := footprint()
		for gone := false; !gone; localtest.Wait(t, 5*time.Millisecond) {
			_, _, now := footprint()
			gone = !slices.Contains(now, before[0])
		}
		if peak := watch.end(); peak > memoryBound {
			t.Errorf("%s: the host held %d MiB for an idle session that may use %d", take, peak>>20, testMemory>>20)
		}
		if x := localtest.Execute(t, pool, id, "'mark' in globals()"); x.Restart != sessions.RestartMemory || string(x.Result) != "false" {
			t.Errorf("the next run: restart %q, variables there: %s", x.Restart, x.Result)
		}
		localtest.Stop(t, pool, id)
	}
}

// TestSmallMemory asserts that sessions with as little memory as a setting allows are
// restored from a snapshot too, which takes more to make.
func TestSmallMemory(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Memory: 256 << 20})
	x := localtest.Execute(t, pool, sessions.NewID(), "import os; len(os.listdir('/opt/heap'))")
	if x.Text != "1" {
		t.Errorf("files that it shares memory with: %s, %v", x.Text, x.Error)
	}
}
