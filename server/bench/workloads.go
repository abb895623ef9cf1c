package bench

import (
	"context"
	"time"
)

// A workload is code that runs on both sides. The setup runs once on each.
type workload struct {
	setup, code string
	repeat      int // how often code does what is measured; 0 means once
	// outside starts the worker; nil means a process that has imported what a session
	// has.
	outside func(context.Context) (*worker, error)
}

// workloads are the rows that are nothing but code.
func workloads() []measurement {
	row := func(name, title, about string, w workload, short bool) measurement {
		return measurement{name: name, title: title, about: about, short: short, cost: 400 * time.Millisecond,
			begin: func(ctx context.Context, b *bench) (*trial, error) { return b.beginCode(ctx, w) }}
	}
	return []measurement{
		row("true", "`subprocess.run([\"true\"])`", "starting a small program and waiting for it, 20 times",
			workload{setup: "import subprocess", code: `for _ in range(20): subprocess.run(["true"], check=True)`, repeat: 20}, false),
		row("processes", "`multiprocessing.Pool(2)`", "a pool of two processes: started, used and closed",
			workload{setup: "import math, multiprocessing", code: `with multiprocessing.Pool(2) as workers:
    assert workers.map(math.sqrt, [4.0] * 100) == [2.0] * 100`}, false),
		row("files", "2,000 small files", "writing, looking at, reading and removing 2,000 small files in /mnt/data",
			workload{setup: smallFiles, code: "small()"}, false),
		row("plot", "a plot with four axes, `savefig`", "drawing a figure with four axes and saving it as PNG",
			workload{setup: figure, code: "plot()"}, true),
	}
}

const smallFiles = `import os, shutil, tempfile
def small(n=2000):
    folder = tempfile.mkdtemp(dir=os.getcwd())
    for i in range(n):
        with open(f"{folder}/{i}.txt", "w") as f: f.write(f"file {i}\n" * 20)
    size = sum(os.stat(f"{folder}/{i}.txt").st_size for i in range(n))
    for i in range(n):
        with open(f"{folder}/{i}.txt") as f: size -= len(f.read())
    assert size == 0 and len(os.listdir(folder)) == n
    shutil.rmtree(folder)`

const figure = `
import matplotlib.pyplot as plt, numpy as np
def plot():
    fig, axes = plt.subplots(2, 2, figsize=(8, 6))
    x = np.linspace(0, 10, 2000)
    axes[0, 0].plot(x, np.sin(x), label="sine"); axes[0, 0].legend()
    axes[0, 1].hist(np.cos(x), bins=40)
    axes[1, 0].scatter(x, np.tan(x), s=4, c=x)
    axes[1, 1].imshow(np.outer(x[:200], x[:200]))
    fig.tight_layout(); fig.savefig("plot.png", dpi=120); plt.close(fig)`

// beginCode starts a session and a process outside, in which the code has run once.
func (b *bench) beginCode(ctx context.Context, load workload) (_ *trial, err error) {
	s, err := b.startServer(ctx, "--warm=0")
	if err != nil {
		return nil, err
	}
	t := &trial{close: s.close}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	per := time.Duration(max(1, load.repeat))
	t.inside = func(ctx context.Context, _ int) ([]float64, error) {
		a, err := s.run(ctx, load.code)
		return one(a.took/per, err)
	}
	if _, err = s.run(ctx, load.setup+"\n"+load.code); err != nil {
		return nil, err
	}
	if b.outside == nil {
		return t, nil
	}
	if load.outside == nil {
		load.outside = b.newProcess
	}
	w, err := load.outside(ctx)
	if err != nil {
		return nil, err
	}
	t.close = func() { w.close(); s.close() }
	t.outside = func(ctx context.Context, _ int) ([]float64, error) {
		took, err := w.run(ctx, load.code)
		return one(took/per, err)
	}
	_, err = w.run(ctx, load.setup+"\n"+load.code)
	return t, err
}
