package local_test

import (
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// A hostileSetup is what code may leave in a session, or do in it, so that time
// that is up is not noticed.
type hostileSetup struct {
	name   string
	setup  string          // run first, with time enough
	ready  string          // a file that setup makes when it has come so far
	code   string          // what must end; a busy loop if ""
	status sessions.Status // how else it may end; "" for in no other way
	long   bool            // only with the build tag "long"
}

const spin = "while True: pass"

// deafThread is a thread that holds the interpreter's lock for a minute.
const deafThread = `import ctypes, threading, time
def hold():
  time.sleep(0.5)
  open('/mnt/data/held', 'w').close()
  ctypes.PyDLL(None).sleep(60)
threading.Thread(target=hold, daemon=True).start()
`

func hostileSetups() []hostileSetup {
	return []hostileSetup{
		{name: "deep folders", setup: "import os\nos.chdir('/mnt/data')\nfor _ in range(3000):\n  os.mkdir('a'); os.chdir('a')\nos.chdir('/mnt/data')"},
		{name: "empty folders", setup: "import os\nfor i in range(20_000): os.mkdir(f'/mnt/data/{i}')"},
		{name: "many files", setup: "import os\nfor i in range(190_000):\n  os.close(os.open(f'/mnt/data/{i}', os.O_CREAT))", long: true},
		{name: "folders while it runs", status: sessions.DiskFull, code: "import os\nos.chdir('/mnt/data')\nwhile True:\n  os.mkdir('a'); os.chdir('a')"},
		{name: "holds the lock", code: "import ctypes; ctypes.PyDLL(None).sleep(60)"},
		{name: "holds the lock while code comes", setup: deafThread, ready: "held", code: "#" + strings.Repeat("x", 1<<20) + "\n" + spin},
		{name: "ignores interrupts", code: "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n" + spin},
		{name: "floods", code: "import os\nwhile True: os.write(1, b'x' * 65536)"},
		{name: "threads", code: "import threading, time\nfor _ in range(250): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n" + spin},
		{name: "stops itself", code: "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"},
		{name: "catastrophic expression", code: "import re; re.match(r'(a|a)*b', 'a' * 40)"},
		{name: "deleted but open", code: "import os\nf = open('/mnt/data/f', 'wb'); os.remove('/mnt/data/f'); f.write(bytes(10 << 20)); f.flush()\n" + spin},
	}
}

// TestTimeIsKept has every setup run into its time-out, which no session's
// contents may put off.
func TestTimeIsKept(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{})
	for _, h := range hostileSetups() {
		if h.long && !long {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			id := sessions.NewID()
			defer localtest.Stop(t, pool, id)
			localtest.Execute(t, pool, id, h.setup)
			for h.ready != "" {
				if _, err := pool.Stat(t.Context(), id, h.ready); err == nil {
					break
				}
				localtest.Wait(t, 10*time.Millisecond)
			}
			if h.code == "" {
				h.code = spin
			}
			began := time.Now()
			x, err := pool.Execute(t.Context(), id, sessions.Request{Code: h.code, Timeout: 3 * time.Second})
			took := time.Since(began)
			if err != nil {
				t.Fatal(err)
			}
			if took > 6*time.Second || x.Status != sessions.TimedOut && x.Status != h.status {
				t.Errorf("%q after %v; want a time-out of 3 s", x.Status, took)
			}
			t.Logf("%v", took)
		})
	}
}
