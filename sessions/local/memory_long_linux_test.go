//go:build long

package local_test

import (
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// slowMethods are ways to take memory that take long, or that come to an end
// before they take more than a session may.
var slowMethods = []memoryMethod{
	{"sparse", "import mmap\nm = mmap.mmap(-1, 1 << 41, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)\nfor i in range(0, 1 << 41, 1 << 21): m[i] = 1"},
	{"sparse shared", "import mmap\nm = mmap.mmap(-1, 1 << 41, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS | 0x4000)\nfor i in range(0, 1 << 41, 1 << 21): m[i] = 1"},
	{"sparse reads", "import mmap\nm = mmap.mmap(-1, 1 << 44, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)\nx = 0\nfor i in range(0, 1 << 44, 1 << 21): x += m[i]"},
	{"sparse alias", "import mmap, os\nf = os.memfd_create('x'); os.ftruncate(f, 4096)\nos.pwrite(f, b'x', 0)\nkeep = []\nwhile True:\n  m = mmap.mmap(f, 4096, flags=mmap.MAP_SHARED); m[0] = 1; keep.append(m)"},
	{"memfd", "import os\nf = os.memfd_create('x')\nwhile True: os.write(f, bytes(1 << 20))"},
	{"shm file", "f = open('/dev/shm/x', 'wb')\nwhile True: f.write(bytes(1 << 20))"},
	{"tmp file", "f = open('/tmp/x', 'wb')\nwhile True: f.write(bytes(1 << 20))"},
	{"data empty", "import os\ni = 0\nwhile True:\n  os.close(os.open(f'/mnt/data/e{i}', os.O_CREAT | os.O_WRONLY)); i += 1"},
	{"data open", "import os\nkeep = []\ni = 0\nwhile True:\n  try: keep.append(os.open(f'/mnt/data/e{i}', os.O_CREAT | os.O_WRONLY))\n  except OSError: break\n  i += 1\nprint(i)\nimport time; time.sleep(2)"},
	{"eventfd", "import os\nkeep = []\nwhile True: keep.append(os.eventfd(0))"},
	{"epoll", "import select, os\nfds = [os.eventfd(0) for _ in range(3000)]\neps = []\nwhile True:\n  e = select.epoll()\n  for f in fds: e.register(f, 1)\n  eps.append(e)"},
	{"locks", "import fcntl, os\nf = os.open('/tmp/l', os.O_CREAT | os.O_RDWR)\ni = 0\nwhile True: fcntl.lockf(f, fcntl.LOCK_EX, 1, i, 0); i += 2"},
	{"fork sparse", "import os, time, mmap\nfor _ in range(100):\n  if os.fork() == 0:\n    m = mmap.mmap(-1, 1 << 35, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000)\n    x = 0\n    for i in range(0, 1 << 35, 1 << 21): x += m[i]\n    time.sleep(60); os._exit(0)\ntime.sleep(15)"},
	{"fork read heap", "import os, time\nkeep = b'x' * (100 << 20)\nfor _ in range(250):\n  if os.fork() == 0:\n    s = sum(keep[::4096]); time.sleep(60); os._exit(0)\ntime.sleep(15)"},
	{"threads", "import threading, time\nthreading.stack_size(64 << 20)\nwhile True:\n  try: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n  except RuntimeError: break\ntime.sleep(3)"},
	{"mmaps", "import mmap\nkeep = []\nwhile True: keep.append(mmap.mmap(-1, 4096, prot=1 + 2 * (len(keep) % 2)))"},
	{"inotify", "import ctypes, os\nc = ctypes.CDLL(None)\nos.makedirs('/tmp/i', exist_ok=True)\nfor k in range(3000): os.mkdir(f'/tmp/i/{k}')\nwhile True:\n  f = c.inotify_init1(0)\n  if f < 0: break\n  for k in range(3000): c.inotify_add_watch(f, f'/tmp/i/{k}'.encode(), 0xfff)"},
	{"timers", "import ctypes\nc = ctypes.CDLL(None)\nt = ctypes.c_void_p()\nn = 0\nwhile c.timer_create(0, None, ctypes.byref(t)) == 0: n += 1\nprint(n)"},
	{"signals", "import ctypes, os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [40])\nc = ctypes.CDLL(None)\nn = 0\nwhile c.sigqueue(os.getpid(), 40, None) == 0 and n < 3000000: n += 1\nprint(n)"},
	{"sysv msg", "import ctypes\nc = ctypes.CDLL(None)\nb = bytes([1]+[0]*7) + bytes(8000)\nwhile True:\n  i = c.msgget(0, 0o1600)\n  if i < 0: break\n  while c.msgsnd(i, b, 8000, 0o4000) == 0: pass"},
	{"sysv sem", "import ctypes\nc = ctypes.CDLL(None)\nn = 0\nwhile c.semget(0, 32000, 0o1600) >= 0: n += 1\nprint(n)"},
	{"mq", "import ctypes\nc = ctypes.CDLL(None)\nn = 0\nwhile n < 5000:\n  q = c.mq_open(f'/q{n}'.encode(), 0o4102, 0o600, None)\n  if q < 0: break\n  n += 1\n  while c.mq_send(q, bytes(8192), 8192, 0) == 0: pass\nprint(n)"},
	{"dirs", "import os\ni = 0\nwhile True: os.mkdir(f'/tmp/d{i}'); i += 1"},
	{"long symlinks", "import os\ni = 0\nwhile True: os.symlink('x' * 4000, f'/tmp/s{i}'); i += 1"},
	{"datagrams", "import socket\nkeep = []\nwhile True:\n  a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n  a.setblocking(False)\n  try:\n    while True: a.send(b'x')\n  except BlockingIOError: pass\n  keep.append((a, b))"},
	{"udp", "import socket\nkeep = []\nwhile True:\n  b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.bind(('127.0.0.1', 0))\n  b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)\n  for _ in range(2000): b.sendto(bytes(9000), b.getsockname())\n  keep.append(b)"},
	{"fd passing", "import socket, array, os\nkeep = []\nfd = os.open('/dev/null', os.O_RDONLY)\nwhile True:\n  a, b = socket.socketpair(); a.setblocking(False)\n  try:\n    while True: a.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd] * 200))])\n  except OSError: pass\n  keep.append((a, b))"},
	{"proc", "import os\nkeep = []\nwhile True:\n  f = os.open('/proc/self/maps', os.O_RDONLY); os.read(f, 10); keep.append(f)"},
	{"threads numpy", "import numpy, threading\ndef f():\n  k = []\n  while True: k.append(numpy.ones(1 << 22))\nts = [threading.Thread(target=f) for _ in range(4)]\nfor t in ts: t.start()\nfor t in ts: t.join()"},
	{"populate", "import mmap\nm = mmap.mmap(-1, 4 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x8000)\n"},
	{"fallocate", "import os\nf = os.memfd_create('x')\nos.posix_fallocate(f, 0, 4 << 30)"},
	{"brk mremap", "import mmap\nm = mmap.mmap(-1, 1 << 20)\nn = 1 << 20\nwhile True:\n  n += 1 << 20\n  m.resize(n)\n  m[n - (1 << 20):n] = b'x' * (1 << 20)"},
	{"keys", "import ctypes\nc = ctypes.CDLL(None)\nn = 0\nwhile n < 200000 and c.syscall(248, b'user', str(n).encode(), bytes(30000), 30000, -3) >= 0: n += 1\nprint(n)"},
	{"mounts", "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.unshare(0x10000000 | 0x20000))\nos.makedirs('/tmp/m', exist_ok=True)\nn = 0\nwhile n < 200000 and c.mount(b'x', b'/tmp/m', b'tmpfs', 0, None) == 0: n += 1\nprint(n)"},
	{"data mmap", "import mmap\nf = open('/mnt/data/big', 'w+b'); f.truncate(190 << 20)\nm = mmap.mmap(f.fileno(), 190 << 20)\nfor i in range(0, 190 << 20, 4096): m[i] = 1\nimport time; time.sleep(1)"},
	{"argv", "import os, subprocess, time\nfor i in range(200):\n  subprocess.Popen(['/bin/sleep', '60'] if 0 else ['/bin/sh', '-c', 'sleep 60', *(['x' * 100000] * 15)])\ntime.sleep(3)"},
	{"empty files", "import os\ni = 0\nwhile True:\n  os.close(os.open(f'/tmp/e{i}', os.O_CREAT | os.O_WRONLY)); i += 1"},
}

// TestSlowMemoryMethods looks at what the host holds while code takes memory in
// every other way that anybody has thought of.
func TestSlowMemoryMethods(t *testing.T) {
	pool := localtest.New(t, local.Options{Memory: testMemory, Disk: 200 << 20, Warm: -1})
	for _, m := range slowMethods {
		t.Run(m.name, func(t *testing.T) {
			id := sessions.NewID()
			defer localtest.Stop(t, pool, id)
			takeMemory(t, pool, id, m.code, 60*time.Second)
		})
	}
}
