package local_test

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
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
	x := localtest.Execute(t, pool, sessions.NewID(), look)
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
	one, two := localtest.New(t, local.Options{}), localtest.New(t, local.Options{})
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

// An attack is code that tries to get out, and prints "contained" or what it
// found.
type attack struct {
	name, code string
	// free is the beginning of what it prints in a plain process on any host: an
	// attack that finds nothing there either would prove nothing. "" is for what
	// depends on the host and on who runs the test.
	free string
}

// TestAttacks tries to get out with what Python offers, and makes sure with
// sessions that nothing isolates that each attack would find the way.
func TestAttacks(t *testing.T) {
	t.Setenv("DYNAMIC_SESSIONS_SECRET", "the-secret-of-the-server")
	all := attacks(t)
	t.Run("isolated", func(t *testing.T) {
		pool, id := localtest.New(t, local.Options{}), sessions.NewID()
		for _, a := range all {
			x := localtest.Execute(t, pool, id, a.code)
			if x.Status != sessions.Succeeded || strings.TrimSpace(x.Stdout) != "contained" {
				t.Errorf("%s: %s %q %+v", a.name, x.Status, x.Stdout, x.Error)
			}
		}
	})
	t.Run("not isolated", func(t *testing.T) {
		pool, id := localtest.New(t, local.Options{Isolation: local.None}), sessions.NewID()
		for _, a := range all {
			if x := localtest.Execute(t, pool, id, a.code); a.free != "" && !strings.HasPrefix(x.Stdout, a.free) {
				t.Errorf("%s proves nothing: in a plain process it prints %q %+v, want %q", a.name, x.Stdout, x.Error, a.free)
			}
		}
	})
}

// attacks are the attacks on a host on which there is something to find.
func attacks(t *testing.T) []attack {
	t.Helper()
	address := func(network, at string) net.Addr {
		listener, err := net.Listen(network, at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		return listener.Addr()
	}
	port := address("tcp", "127.0.0.1:0").(*net.TCPAddr).Port
	abstract := address("unix", "@dynamic-sessions-test-"+string(sessions.NewID())).String()
	socket := address("unix", filepath.Join(t.TempDir(), "s")).String()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("of the host"), 0o644); err != nil {
		t.Fatal(err)
	}
	bearer := exec.CommandContext(t.Context(), "sleep", "600") // has the environment of the server
	if err := bearer.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = bearer.Process.Kill()
		_ = bearer.Wait()
	})
	return []attack{
		{"loopback of the host", fmt.Sprintf(`import socket
try: socket.create_connection(("127.0.0.1", %d), 3); print("connected")
except OSError: print("contained")`, port), "connected"},
		{"metadata service", `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try: s.connect(("169.254.169.254", 80)); print("a route")
except OSError: print("contained")`, ""},
		{"interfaces", `import socket
names = [n for _, n in socket.if_nameindex()]
print("contained" if names == ["lo"] else names)`, ""},
		{"name resolution", `import socket
try: print(socket.getaddrinfo("example.com", 80))
except OSError: print("contained")`, ""},
		{"raw sockets", `import socket
for family, kind in ((socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW)):
    try: socket.socket(family, kind, 1); print("opened")
    except OSError: pass
print("contained")`, ""},
		{"environments", `import glob, os
found = []
for p in glob.glob("/proc/*/environ"):
    try: found += [p] if b"the-secret" in open(p, "rb").read() else []
    except OSError: pass
print("found" if found else "contained")`, "found"},
		{"command lines", `import glob
found = []
for p in glob.glob("/proc/*/cmdline"):
    try: found.append(open(p, "rb").read())
    except OSError: pass  # the process has ended
print("contained" if not any(b"dynamic-sessions" in c or b"runsc" in c or b"sandbox" in c for c in found) else "found")`, "found"},
		{"roots of processes", `import os
found = set()
for p in os.listdir("/proc"):
    if p.isdigit():
        try: found |= set(os.listdir(f"/proc/{p}/root"))
        except OSError: pass
print("contained" if not found & {"root", "home", "work", "srv", "boot"} else "found")`, "found"},
		{"files of the host", fmt.Sprintf(`try: print("found", open(%q).read())
except OSError: print("contained")`, secret), "found of the host"},
		{"folders of other sessions", `import os
found = []
for folder, _, files in os.walk("/mnt"): found += [os.path.join(folder, f) for f in files]
print("contained" if not found else found)`, ""},
		{"namespaces", `import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print("contained" if libc.unshare(0x00020000) == -1 and libc.mount(b"x", b"/mnt", b"tmpfs", 0, None) == -1 else "made one")`, ""},
		{"kernel surface", systemCalls, "found"},
		{"signals to all", fmt.Sprintf(`import os
try: os.kill(%d, 0); print("sees the server")
except OSError: print("contained")`, os.Getpid()), "sees the server"},
		{"abstract sockets", fmt.Sprintf(`import socket
s = socket.socket(socket.AF_UNIX)
try: s.connect("\0" + %q); print("connected")
except OSError: print("contained")`, strings.TrimPrefix(abstract, "@")), "connected"},
		{"sockets of the host", fmt.Sprintf(`import socket
s = socket.socket(socket.AF_UNIX)
try: s.connect(%q); print("connected")
except OSError: print("contained")`, socket), "connected"},
	}
}

// systemCalls makes system calls that a sandbox must not have at all. Where there
// is one, it complains about its arguments. The numbers are those of the
// processor.
const systemCalls = `import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
calls = {
    "x86_64": {"keyctl": 250, "bpf": 321, "perf_event_open": 298, "io_uring_setup": 425, "userfaultfd": 323, "kexec_load": 246},
    "aarch64": {"keyctl": 219, "bpf": 280, "perf_event_open": 241, "io_uring_setup": 425, "userfaultfd": 282, "kexec_load": 104},
}[platform.machine()]
none = ctypes.c_long(-1)
found = []
for name, n in calls.items():
    ctypes.set_errno(0)
    if libc.syscall(n, none, none, none, none, none) >= 0 or ctypes.get_errno() not in (errno.ENOSYS, errno.ENODEV, errno.EPERM, errno.EACCES):
        found.append(f"{name}: {errno.errorcode.get(ctypes.get_errno())}")
print("contained" if not found else f"found {found}")`

// TestNoTwoAlike draws numbers in sessions that come from one snapshot.
func TestNoTwoAlike(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	seen := map[string]int{}
	for i := range 12 {
		id := sessions.NewID()
		x := localtest.Execute(t, pool, id, `import random, uuid, secrets, tempfile, os
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
		localtest.Stop(t, pool, id)
	}
	if len(seen) != 12*8 {
		t.Errorf("%d values", len(seen))
	}
}
