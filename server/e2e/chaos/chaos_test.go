//go:build chaos && linux

// Package chaos runs the real program through a bad day: several servers over
// one cache folder hold conversations with clients of every kind, while
// processes are killed, the disk fills, stalls and goes on, the times of files
// jump, and clients vanish in the middle of a call.
//
//	go test -tags chaos ./server/e2e/chaos
//
// What must hold all the while: every call is answered; no answer is that of
// another conversation; what was acknowledged is there, or its loss is told;
// and in the end no process, mount or folder is left, and the servers have the
// memory and the descriptors that they began with.
//
// CHAOS_TIME is how long it runs (two minutes), CHAOS_SEED repeats the decisions
// of an earlier run, which each prints. Decisions repeat exactly; when they take
// effect depends on the machine. As root the cache folder is a disk of its own
// that can be filled and frozen; otherwise those faults are left out.
package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
	"dynamic-sessions-mcp/sessions"
)

const (
	defaultTime = 2 * time.Minute
	// calmPatience is how long the last look at each conversation may be retried
	// once nothing goes wrong any more.
	calmPatience = 2 * time.Minute
)

// A day is one run of the test.
type day struct {
	t       *testing.T
	seed    uint64
	binary  string
	disk    *disk
	servers []*server
	names   []string // of the conversations
	tally   tally
}

func TestChaos(t *testing.T) {
	d := &day{t: t, seed: seed(t)}
	length := duration(t)
	t.Logf("CHAOS_SEED=%d CHAOS_TIME=%v", d.seed, length)
	d.binary = e2etest.Program(t)
	d.disk = newDisk(t, d.binary)
	conversations := d.open()
	for _, c := range conversations {
		d.names = append(d.names, c.name)
	}
	d.run(length, conversations)
	d.calm(conversations)
	d.tally.report(t)
	d.close(conversations)
}

func seed(t *testing.T) uint64 {
	text := os.Getenv("CHAOS_SEED")
	if text == "" {
		return rand.Uint64()
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("CHAOS_SEED: %v", err)
	}
	return n
}

func duration(t *testing.T) time.Duration {
	text := os.Getenv("CHAOS_TIME")
	if text == "" {
		return defaultTime
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("CHAOS_TIME: %v", err)
	}
	return length
}

// random returns the decisions of one actor, which do not depend on what the
// others do.
func (d *day) random(actor int) *rand.Rand { return rand.New(rand.NewPCG(d.seed, uint64(actor))) }

// open starts the servers and begins the conversations.
func (d *day) open() (all []*conversation) {
	limits := []string{"--memory=400MB", "--disk=40MB", "--cooldown=2s", "--max-run=20s"}
	web := d.serve("http", append(limits, "--transport=http", "--no-auth", "--max-sessions=4")...)
	pool := d.serve("pool", append([]string{"pool", "--on-idle=hibernate", "--max-sessions=3", "--no-auth"}, limits...)...)
	for n := range 6 {
		all = append(all, d.converse(fmt.Sprintf("http-%d", n), newHTTPClient(web), web, false))
	}
	for n := range 3 {
		all = append(all, d.converse(fmt.Sprintf("rest-%d", n), newRESTClient(pool, string(sessions.NewID())), pool, false))
	}
	for n := range 3 {
		name := fmt.Sprintf("stdio-%d", n)
		own := d.serveStdio(name, append(limits, "--session-name="+name)...)
		all = append(all, d.converse(name, newStdioClient(own), own, true))
	}
	return all
}

// run lets everything happen at once.
func (d *day) run(length time.Duration, all []*conversation) {
	ctx, cancel := context.WithTimeout(d.t.Context(), length)
	defer cancel()
	var actors sync.WaitGroup
	for n, c := range all {
		actors.Go(func() { c.talk(ctx, d.random(n)) })
	}
	actors.Go(func() { d.harm(ctx, d.random(len(all))) })
	actors.Wait()
}

// calm looks at every conversation once nothing goes wrong any more: now each
// must go on, with what was acknowledged.
func (d *day) calm(all []*conversation) {
	var actors sync.WaitGroup
	for _, c := range all {
		actors.Go(func() {
			ctx, cancel := context.WithTimeout(d.t.Context(), calmPatience)
			defer cancel()
			c.verify(ctx)
		})
	}
	actors.Wait()
}

// close ends the conversations and the servers and looks for what is left.
func (d *day) close(all []*conversation) {
	for _, c := range all {
		c.client.close()
	}
	for _, s := range d.servers {
		d.checkFlat(s)
	}
	for _, s := range d.servers {
		s.end(d.t)
	}
	d.checkNothingLeft()
}
