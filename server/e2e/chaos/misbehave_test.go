//go:build chaos && linux

package chaos

import (
	"context"
	"math/rand/v2"
)

// misdeeds are codes of models that mean no good, or know no better. None of
// them touches the variable or the files of the conversation.
var misdeeds = []struct {
	name, code string
	seconds    int
}{
	{"deaf", "import time\nwhile True:\n    try:\n        time.sleep(1)\n    except KeyboardInterrupt:\n        pass", 2},
	{"spin", "while True: pass", 1},
	{"memory", "kept = []\nwhile True: kept.append(bytearray(10**7))", 20},
	{"sockets", "import socket\npairs = []\nwhile True:\n    a, b = socket.socketpair(); a.setblocking(False); pairs.append((a, b))\n    try:\n        while True: a.send(b'x' * 65536)\n    except BlockingIOError: pass", 20},
	{"exit", "import os\nos._exit(3)", 20},
	{"crash", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", 20},
	{"disk", "for n in range(20):\n    with open(f'/mnt/data/fill-{n}', 'wb') as f: f.write(b'x' * 10**7)", 20},
	{"room", "import glob, os\nfor name in glob.glob('/mnt/data/fill-*'): os.remove(name)", 20},
	{"children", "import subprocess\nchildren = [subprocess.Popen(['sleep', '1000']) for _ in range(10)]", 20},
	{"threads", "import threading, time\nfor _ in range(20): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()", 20},
	{"flood", "print('flood ' * 10**6)", 20},
	{"plot", "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2]); plt.show()", 20},
	{"deep", "import os, shutil\nos.chdir('/mnt/data')\nfor _ in range(300):\n    os.mkdir('d'); os.chdir('d')\nos.chdir('/mnt/data')\nos.system('rm -rf d')", 20},
	{"error", "1 / 0", 20},
	{"syntax", "def (", 20},
}

func (c *conversation) misbehave(ctx context.Context, random *rand.Rand) {
	m := misdeeds[random.IntN(len(misdeeds))]
	c.run(ctx, m.name, m.code, m.seconds)
	if m.name == "disk" { // nothing else works before there is room
		c.run(ctx, "room", "import glob, os\nfor name in glob.glob('/mnt/data/fill-*'): os.remove(name)", 20)
	}
}
