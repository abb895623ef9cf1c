package local_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

// look describes a session from the inside.
const look = `import socket, os, random, uuid, secrets, json, subprocess
import numpy as np
open("/tmp/token", "a").write("x"); open("/dev/shm/token", "a").write("x"); open("/mnt/data/token", "a").write("x")
globals().setdefault("token", 0); token += 1
json.dumps({
  "shared": [os.path.getsize("/tmp/token"), os.path.getsize("/dev/shm/token"), os.path.getsize("/mnt/data/token"), token],
  "host": socket.gethostname(),
  "random": [random.random(), float(np.random.rand()), str(uuid.uuid4()), secrets.token_hex()],
  "processes": [p for p in os.listdir("/proc") if p.isdigit()],
})`

type view struct {
	Shared    []int
	Host      string
	Random    []any
	Processes []string
}

func lookAround(t *testing.T, pool sessions.Pool) view {
	t.Helper()
	x := execute(t, pool, sessions.NewID(), look)
	var text string
	var v view
	if err := json.Unmarshal(x.Result, &text); err != nil {
		t.Fatalf("%s: %v %+v", x.Result, err, x.Error)
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSessionsShareNothing compares sessions of one pool and of two.
func TestSessionsShareNothing(t *testing.T) {
	t.Parallel()
	one, two := newPool(t, local.Options{}), newPool(t, local.Options{})
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{host: true}
	for i, pool := range []sessions.Pool{one, one, two} {
		v := lookAround(t, pool)
		if fmt.Sprint(v.Shared) != "[1 1 1 1]" {
			t.Errorf("session %d found traces of another: %v", i, v.Shared)
		}
		for _, value := range append(v.Random, v.Host) {
			if seen[value] {
				t.Errorf("session %d has %v, which was seen before", i, value)
			}
			seen[value] = true
		}
		if len(v.Processes) > 4 {
			t.Errorf("session %d sees processes %v", i, v.Processes)
		}
	}
}

// TestAttacks tries to get out with what Python offers. Each attack prints
// "contained", or what it found.
func TestAttacks(t *testing.T) {
	t.Setenv("DYNAMIC_SESSIONS_SECRET", "the-secret-of-the-server")
	pool := newPool(t, local.Options{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	id := sessions.NewID()
	for _, test := range []struct{ name, code string }{
		{"loopback of the host", fmt.Sprintf(`import socket
try: socket.create_connection(("127.0.0.1", %d), 3); print("connected")
except OSError: print("contained")`, listener.Addr().(*net.TCPAddr).Port)},
		{"metadata service", `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: s.connect(("169.254.169.254", 80)); print("a route")
except OSError: print("contained")`},
		{"interfaces", `import socket
names = [n for _, n in socket.if_nameindex()]
print("contained" if names == ["lo"] else names)`},
		{"name resolution", `import socket
try: print(socket.getaddrinfo("example.com", 80))
except OSError: print("contained")`},
		{"raw sockets", `import socket
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW)):
    try: socket.socket(family, kind, 1); print("opened")
    except OSError: pass
print("contained")`},
		{"environments", `import glob
found = [p for p in glob.glob("/proc/*/environ") if b"the-secret" in open(p, "rb").read()]
print(found or "contained")`},
		{"command lines", `import glob
found = [open(p, "rb").read() for p in glob.glob("/proc/*/cmdline")]
print("contained" if not any(b"dynamic-sessions" in c or b"runsc" in c for c in found) else found)`},
		{"roots of processes", `import os
found = set()
for p in os.listdir("/proc"):
    if p.isdigit():
        try: found |= set(os.listdir(f"/proc/{p}/root"))
        except OSError: pass
print("contained" if not found & {"root", "home", "work", "srv", "boot"} else found)`},
		{"folders of other sessions", `import os
found = []
for folder, _, files in os.walk("/mnt"): found += [os.path.join(folder, f) for f in files]
print("contained" if not found else found)`},
		{"namespaces", `import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print("contained" if libc.unshare(0x00020000) == -1 and libc.mount(b"x", b"/mnt", b"tmpfs", 0, None) == -1 else "made one")`},
		{"kernel surface", `import ctypes
libc = ctypes.CDLL(None, use_errno=True)
calls = {"keyctl": 250, "bpf": 321, "perf_event_open": 298, "io_uring_setup": 425, "userfaultfd": 323, "kexec_load": 246}
found = [name for name, n in calls.items() if libc.syscall(n, 0, 0, 0, 0, 0) >= 0]
print("contained" if not found else found)`},
		{"signals to all", `import os, signal
try: os.kill(-1, 0); print("contained" if len([p for p in os.listdir("/proc") if p.isdigit()]) < 5 else "sees others")
except OSError: print("contained")`},
		{"abstract sockets", `import socket
s = socket.socket(socket.AF_UNIX)
try: s.connect("\0/tmp/.X11-unix/X0"); print("connected")
except OSError: print("contained")`},
	} {
		x := execute(t, pool, id, test.code)
		if x.Status != sessions.Succeeded || strings.TrimSpace(x.Stdout) != "contained" {
			t.Errorf("%s: %s %q %+v", test.name, x.Status, x.Stdout, x.Error)
		}
	}
}

// TestNoTwoAlike draws numbers in sessions that come from one snapshot.
func TestNoTwoAlike(t *testing.T) {
	t.Parallel()
	pool := newPool(t, local.Options{})
	seen := map[string]int{}
	for i := range 12 {
		id := sessions.NewID()
		x := execute(t, pool, id, `import random, uuid, secrets, tempfile, os
import numpy as np
[repr(random.random()), repr(np.random.rand()), repr(np.random.default_rng().random()), str(uuid.uuid4()), secrets.token_hex(),
 os.urandom(8).hex(), tempfile.mktemp(), os.uname().nodename]`)
		for value := range strings.SplitSeq(strings.Trim(x.Text, "[]"), ",") {
			value = strings.TrimSpace(value)
			if j, ok := seen[value]; ok {
				t.Errorf("sessions %d and %d both have %s", j, i, value)
			}
			seen[value] = i
		}
		stop(t, pool, id)
	}
	if len(seen) != 12*8 {
		t.Errorf("%d values", len(seen))
	}
}
