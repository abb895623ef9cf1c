package local_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// minPairs is how often a workload runs on each side at least: machines are
// noisy, and the median of fewer says little.
const minPairs = 9

// workloads are what sessions do with a processor. setup runs once on each
// side, code once for each measurement; both must work with any interpreter that
// has the packages, inside a sandbox and outside. The first part of a
// name says what is used: the interpreter, numpy's library, memory, files,
// processes.
var workloads = []struct{ name, setup, code string }{
	{name: "python/loop", setup: `
def loop():
    words = {}
    for i in range(3_000_000):
        key = str(i % 5003)
        words[key] = words.get(key, 0) + i * 3 % 7
    return sum(words.values())`, code: `loop()`},
	{name: "python/nbody", setup: `
def nbody(steps=160_000):
    bodies = [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.5], [4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.04],
              [8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.01], [12.9, -15.1, -0.2, 1.1, 0.9, -0.01, 0.002]]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    for _ in range(steps):
        for a, b in pairs:
            x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            pull = 0.001 / (x * x + y * y + z * z) ** 1.5
            a[3] -= x * b[6] * pull; a[4] -= y * b[6] * pull; a[5] -= z * b[6] * pull
            b[3] += x * a[6] * pull; b[4] += y * a[6] * pull; b[5] += z * a[6] * pull
        for a in bodies:
            a[0] += 0.001 * a[3]; a[1] += 0.001 * a[4]; a[2] += 0.001 * a[5]
    return bodies[0][0]`, code: `nbody()`},
	{name: "blas/matmul", setup: `
import numpy as np
left, right = np.random.default_rng(1).random((2, 1500, 1500))`, code: `float((left @ right)[0, 0])`},
	{name: "blas/svd", setup: `
import numpy as np
matrix = np.random.default_rng(1).random((400, 400))`, code: `float(np.linalg.svd(matrix)[1][0])`},
	{name: "plot/png", setup: `
import matplotlib.pyplot as plt, numpy as np
def plot():
    fig, axes = plt.subplots(2, 2, figsize=(8, 6))
    x = np.linspace(0, 10, 2000)
    axes[0, 0].plot(x, np.sin(x), label="sine"); axes[0, 0].legend()
    axes[0, 1].hist(np.cos(x), bins=40)
    axes[1, 0].scatter(x, np.tan(x), s=4, c=x)
    axes[1, 1].imshow(np.outer(x[:200], x[:200]))
    fig.tight_layout(); fig.savefig("plot.png", dpi=120); plt.close(fig)`, code: `plot()`},
	{name: "memory/big-arrays", setup: `
import numpy as np
def big(n=40):
    total = 0.0
    for i in range(n):
        array = np.empty(6_250_000); array.fill(i); total += array[-1]
    return total`, code: `big()`},
	{name: "memory/temporaries", setup: `
import numpy as np
values = np.arange(1_000_000.0)
def temporaries(n=40):
    total = 0.0
    for i in range(n):
        total += float(((values * 2 + i) ** 2 - values / 3)[7])
    return total`, code: `temporaries()`},
	{name: "memory/objects", setup: `
def objects():
    return sum(len(x) for x in [[str(i), i, (i,)] for i in range(300_000)])`, code: `objects()`},
	{name: "memory/groupby", setup: `
import numpy as np, pandas as pd
rng = np.random.default_rng(1)
frame = pd.DataFrame({"key": rng.integers(0, 1000, 1_000_000), "x": rng.random(1_000_000), "y": rng.random(1_000_000)})`,
		code: `float(frame.groupby("key").agg({"x": ["mean", "std"], "y": "sum"}).sort_values(("y", "sum")).iloc[0, 0])`},
	{name: "files/data", setup: smallFiles, code: `small(os.getcwd())`},
	{name: "files/tmp", setup: smallFiles, code: `small(tempfile.gettempdir())`},
	{name: "files/csv", setup: `
import numpy as np, pandas as pd
table = pd.DataFrame(np.random.default_rng(1).random((40_000, 5)))
def csv():
    table.to_csv("table.csv", index=False)
    return len(pd.read_csv("table.csv"))`, code: `csv()`},
	{name: "process/true", setup: `import subprocess`, code: `for _ in range(20): subprocess.run(["/bin/true"], check=True)`},
	{name: "process/python", setup: `import subprocess, sys`, code: `subprocess.run([sys.executable, "-I", "-c", "import json, decimal, asyncio"], check=True)`},
	{name: "import/networkx", setup: `
import sys
def again(package="networkx"):
    for name in [n for n in sys.modules if n.partition(".")[0] == package]:
        del sys.modules[name]
    __import__(package)
again()`, code: `again()`},
}

const smallFiles = `
import os, shutil, tempfile
def small(parent, n=2000):
    folder = tempfile.mkdtemp(dir=parent)
    for i in range(n):
        with open(f"{folder}/{i}.txt", "w") as f: f.write(f"file {i}\n" * 20)
    size = sum(os.stat(f"{folder}/{i}.txt").st_size for i in range(n))
    for i in range(n):
        with open(f"{folder}/{i}.txt") as f: size -= len(f.read())
    assert size == 0 and len(os.listdir(folder)) == n
    shutil.rmtree(folder)`

// BenchmarkOverhead is what the sandbox costs: the same code in a session of the
// pool, and in a plain process of the same interpreter with the same packages and
// the same environment. The two take turns, and inside/outside is the median of the
// ratios of neighbours.
func BenchmarkOverhead(b *testing.B) {
	inside := newSide(b, local.GVisor)
	outside := newSide(b, local.None)
	for _, w := range workloads {
		b.Run(w.name, func(b *testing.B) {
			inside.execute(b, w.setup+"\n"+w.code)
			outside.execute(b, w.setup+"\n"+w.code)
			var in, out []time.Duration
			pair := func() {
				// Who begins alternates too, so that neither gains by it.
				if len(in)%2 == 0 {
					in, out = append(in, inside.execute(b, w.code)), append(out, outside.execute(b, w.code))
				} else {
					out, in = append(out, outside.execute(b, w.code)), append(in, inside.execute(b, w.code))
				}
			}
			for b.Loop() {
				pair()
			}
			for len(in) < minPairs {
				pair()
			}
			reportPairs(b, in, out)
		})
	}
}

// A side is one session on one side of the sandbox's wall.
type side struct {
	pool sessions.Pool
	id   sessions.ID
}

func newSide(b *testing.B, isolation local.Isolation) side {
	s := side{pool: localtest.New(b, local.Options{Isolation: isolation, Warm: -1, Memory: 4 << 30}), id: sessions.NewID()}
	s.execute(b, "import numpy, pandas, matplotlib.pyplot")
	return s
}

// execute runs code and returns what the call took.
func (s side) execute(b *testing.B, code string) time.Duration {
	b.Helper()
	began := time.Now()
	x, err := s.pool.Execute(context.Background(), s.id, sessions.Request{Code: code})
	if err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	if x.Error != nil || x.Restart != "" {
		b.Fatalf("%s: %+v, restart %q", code, x.Error, x.Restart)
	}
	return took
}

func reportPairs(b *testing.B, in, out []time.Duration) {
	ratios := make([]float64, len(in))
	for i := range in {
		ratios[i] = float64(in[i]) / float64(out[i])
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return float64(d[len(d)/2]) / float64(time.Millisecond)
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "inside/outside")
	b.ReportMetric(median(in), "inside-ms")
	b.ReportMetric(median(out), "outside-ms")
	b.ReportMetric(0, "ns/op")
}

// greedy is what a session does in BenchmarkNeighbour.
var greedy = []struct{ name, code string }{
	{"idle", `import time
while True: time.sleep(1)`},
	{"64-threads", `import threading, hashlib
data = bytes(1 << 20)
def spin():
    while True: hashlib.sha256(data)
for _ in range(63): threading.Thread(target=spin, daemon=True).start()
spin()`},
	{"64-processes", `import subprocess, sys
children = [subprocess.Popen([sys.executable, "-ISc", "while True: pass"]) for _ in range(64)]
for child in children: child.wait()`},
	{"system-calls", `import threading, os
def spin():
    while True: os.stat("/mnt/data")
for _ in range(15): threading.Thread(target=spin, daemon=True).start()
spin()`},
}

// BenchmarkNeighbour is a call of a session that is in use while another
// session takes all of the processor that it can get.
func BenchmarkNeighbour(b *testing.B) {
	for _, g := range greedy {
		b.Run(g.name, func(b *testing.B) {
			pool := localtest.New(b, local.Options{Warm: -1})
			quiet, busy := sessions.NewID(), sessions.NewID()
			localtest.Execute(b, pool, quiet, "6 * 7")
			localtest.Execute(b, pool, busy, "6 * 7")
			ctx, stop := context.WithCancel(context.Background())
			var once sync.Once
			running, ended := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = pool.Execute(ctx, busy, sessions.Request{Code: "print('on', flush=True)\n" + g.code,
					Events: func(e sessions.Event) {
						if e.Kind == sessions.EventStdout {
							once.Do(func() { close(running) })
						}
					}})
			}()
			<-running
			<-time.After(3 * time.Second) // until all of it runs
			var d []time.Duration
			for b.Loop() {
				began := time.Now()
				localtest.Execute(b, pool, quiet, "6 * 7")
				d = append(d, time.Since(began))
			}
			report(b, d)
			stop()
			<-ended
		})
	}
}
