//go:build chaos && linux

package chaos

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// harm does harm until the context ends.
func (d *day) harm(ctx context.Context, random *rand.Rand) {
	for {
		wait(ctx, 300*time.Millisecond+time.Duration(random.IntN(2500))*time.Millisecond)
		if ctx.Err() != nil {
			return
		}
		d.tally.add("fault")
		d.harmOnce(ctx, random)
	}
}

func (d *day) harmOnce(ctx context.Context, random *rand.Rand) {
	server := d.servers[random.IntN(len(d.servers))]
	which, length := random.IntN(1<<20), time.Duration(200+random.IntN(2000))*time.Millisecond
	switch n := random.IntN(100); {
	case n < 25:
		d.killOne(server, "runsc-sandbox", which)
	case n < 40:
		d.killOne(server, "runsc-gofer", which)
	case n < 48:
		d.killOne(server, "sandbox-host", which)
	case n < 52:
		d.killOne(server, "sandbox-janitor", which)
	case n < 60:
		d.tally.add("server killed")
		server.kill()
		if server.address != "" { // one over standard streams is its client's
			if err := server.start(); err != nil {
				d.t.Error(err)
			}
			server.awaitListening(d.t)
		}
	case n < 72:
		d.stall(ctx, server, which, length)
	case n < 82:
		d.fillDisk(ctx, int64(random.IntN(40<<20)), length)
	case n < 92:
		d.stallDisk(length)
	default:
		d.jump(time.Duration(random.IntN(24)-12) * time.Hour)
	}
}

// killOne kills one of the processes with a name that a server has started.
func (d *day) killOne(s *server, name string, which int) {
	if pids := descendants(s.pid(), name); len(pids) > 0 {
		d.tally.add(name + " killed")
		_ = unix.Kill(pids[which%len(pids)], unix.SIGKILL) // it may have ended by itself
	}
}

// stall stops a sentry for a while, as a machine that is short of everything
// does.
func (d *day) stall(ctx context.Context, s *server, which int, length time.Duration) {
	pids := descendants(s.pid(), "runsc-sandbox")
	if len(pids) == 0 {
		return
	}
	d.tally.add("sentry stalled")
	pid := pids[which%len(pids)]
	_ = unix.Kill(pid, unix.SIGSTOP)
	wait(ctx, length)
	_ = unix.Kill(pid, unix.SIGCONT)
}

func (d *day) fillDisk(ctx context.Context, left int64, length time.Duration) {
	if d.disk.mount == "" {
		return
	}
	empty, err := d.disk.fill(left)
	if err != nil {
		d.tally.add("disk full already")
		return
	}
	d.tally.add("disk filled")
	wait(ctx, length)
	empty()
}

func (d *day) stallDisk(length time.Duration) {
	if d.disk.mount == "" {
		return
	}
	d.tally.add("disk stalled")
	d.disk.freeze(d.t, length)
}

// jump changes the times of the cache's own files, which is how a server sees
// that the clock of the machine was set: what it measures itself does not
// follow that clock. Nothing is made older than servers keep it.
func (d *day) jump(by time.Duration) {
	d.tally.add("clock jumped")
	at := time.Now().Add(by)
	for _, pattern := range []string{"kept/*/box/used", "kept/*/box/kept.json", "snapshots/*", "*.use", "kept/*/box/state"} {
		for _, depth := range []string{"", "*"} {
			found, err := filepath.Glob(filepath.Join(d.disk.cache, depth, pattern))
			if err != nil {
				d.t.Error(err)
			}
			for _, path := range found {
				_ = os.Chtimes(path, at, at) // it may be gone
			}
		}
	}
}

// leftBelow returns what is below a folder, by its pattern.
func leftBelow(dir, pattern string) []string {
	var left []string
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if ok, _ := filepath.Match(pattern, filepath.Base(path)); err == nil && ok {
			left = append(left, fmt.Sprintf("%q", path))
		}
		return nil
	})
	return left
}
