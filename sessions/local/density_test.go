//go:build density && linux

package local

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// The tests of this file take 20 GB of memory, 2 GB of disk and a quarter of an hour:
//
//	go test -tags density -run 'TestHundreds|TestThousand' -v ./sessions/local

// sources are where a program finds what should be different in every session.
const sources = `import random, uuid, secrets, os, tempfile
import numpy, pandas
df = pandas.DataFrame({'a': range(1000)})
df['a'] += %d
[random.random(), float(numpy.random.rand()), float(numpy.random.default_rng().random()),
 str(uuid.uuid4()), secrets.token_hex(), os.urandom(8).hex(), tempfile.mktemp(), os.uname().nodename]`

// TestHundredsAlive checks that three hundred sessions live at once, each with a
// table of its own, and that no two draw the same numbers. What the machine has no
// memory for sleeps and is woken.
func TestHundredsAlive(t *testing.T) {
	const n = 300
	p := densePool(t)
	free := available(t)
	ids := newIDs(n)
	drawn := make([]string, n)
	began := time.Now()
	inParallel(4, n, func(i int) { drawn[i] = valueOf(t, p, ids[i], fmt.Sprintf(sources, i)) })
	t.Logf("%d sessions began in %v", n, time.Since(began).Round(time.Millisecond))
	inParallel(4, n, func(i int) {
		if got, want := valueOf(t, p, ids[i], "int(df.a.sum())"), strconv.Itoa(499500+1000*i); got != want {
			t.Errorf("session %d: %s, want %s", i, got, want)
		}
	})
	sleeping := 0
	for _, id := range ids {
		if p.Asleep(id) {
			sleeping++
		}
	}
	t.Logf("%d of %d sessions sleep; memory of one of the others: %d MB", sleeping, n, (free-available(t))/int64(n-sleeping)>>20)
	for source := range len(strings.Split(drawn[0], ", ")) {
		seen := map[string]bool{}
		for _, d := range drawn {
			seen[strings.Split(d, ", ")[source]] = true
		}
		if len(seen) != n {
			t.Errorf("source %d: %d different draws in %d sessions", source, len(seen), n)
		}
	}
	awaitFrozen(t, p, slices.DeleteFunc(slices.Clone(ids), p.Asleep))
	for _, id := range ids {
		if err := p.Stop(context.Background(), id); err != nil {
			t.Error(err)
		}
	}
	expectAlone(t)
}

// TestThousandAsleep puts a thousand sessions to sleep and wakes some of them in
// random order.
func TestThousandAsleep(t *testing.T) {
	const n, woken = 1000, 300
	p := densePool(t)
	free := available(t)
	ids := newIDs(n)
	inParallel(2, n, func(i int) {
		valueOf(t, p, ids[i], fmt.Sprintf("import numpy as np; n = %d; a = np.arange(n + 1)", i))
		putToSleep(t, p, ids[i])
	})
	expectAlone(t)
	t.Logf("memory of %d sleeping sessions: %d MB", n, (free-available(t))>>20)
	expectSmall(t, p, ids)
	var took []time.Duration
	for _, i := range rand.Perm(n)[:woken] {
		began := time.Now()
		got := valueOf(t, p, ids[i], "f'{n} {a.sum()}'")
		took = append(took, time.Since(began))
		if want := fmt.Sprintf(`"%d %d"`, i, i*(i+1)/2); got != want {
			t.Errorf("session %d: %s, want %s", i, got, want)
		}
		putToSleep(t, p, ids[i])
	}
	slices.Sort(took)
	t.Logf("woken in: median %v, 95th percentile %v", took[woken/2].Round(time.Millisecond), took[woken*95/100].Round(time.Millisecond))
	expectAlone(t)
}

// expectSmall checks what sleeping sessions take of the disk.
func expectSmall(t *testing.T, p *Pool, ids []sessions.ID) {
	t.Helper()
	var sizes []int64
	for _, id := range ids {
		sizes = append(sizes, sessionOf(p, id).instance.interpreter.StateSize())
	}
	slices.Sort(sizes)
	half, most := sizes[len(sizes)/2], sizes[len(sizes)-1]
	t.Logf("disk of a sleeping session: median %.1f MB, most %.1f MB", float64(half)/1e6, float64(most)/1e6)
	if half > 10e6 {
		t.Errorf("half of the sleeping sessions take more than %d bytes", half)
	}
}

// awaitFrozen waits until the pool has frozen all of the sessions.
func awaitFrozen(t *testing.T, p *Pool, ids []sessions.ID) {
	t.Helper()
	began, deadline := time.Now(), time.After(time.Minute)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		left := 0
		for _, id := range ids {
			if !leaveIdle(t, p, id).Frozen() {
				left++
			}
		}
		if left == 0 {
			t.Logf("all are frozen after %v", time.Since(began).Round(time.Millisecond))
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%d of %d idle sessions are not frozen", left, len(ids))
		}
	}
}

// densePool returns a pool without spares that has its snapshot.
func densePool(t *testing.T) *Pool {
	p, err := New(Options{Warm: -1, MaxSessions: 300, Cooldown: time.Hour, idle: atOnce})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	id := sessions.NewID()
	valueOf(t, p, id, "1")
	if err := p.Stop(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	return p
}

// putToSleep ends a session's cooldown.
func putToSleep(t *testing.T, p *Pool, id sessions.ID) {
	t.Helper()
	s := sessionOf(p, id)
	p.hibernate(s)
	if !p.Asleep(id) || !s.instance.interpreter.Hibernated() {
		t.Fatal("the session does not sleep")
	}
}

func newIDs(n int) []sessions.ID {
	ids := make([]sessions.ID, n)
	for i := range ids {
		ids[i] = sessions.NewID()
	}
	return ids
}

// inParallel calls f with every number below n, from a few goroutines.
func inParallel(width, n int, f func(int)) {
	var wg sync.WaitGroup
	for w := range width {
		wg.Go(func() {
			for i := w; i < n; i += width {
				f(i)
			}
		})
	}
	wg.Wait()
}

// expectAlone checks that no sandbox is left: of the processes below this one
// only the two that the pool always has.
func expectAlone(t *testing.T) {
	t.Helper()
	below := []string{strconv.Itoa(os.Getpid())}
	var names []string
	for len(below) > 0 {
		lists, err := filepath.Glob("/proc/" + below[0] + "/task/*/children")
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range lists {
			data, _ := os.ReadFile(list) // a thread may have ended
			for child := range strings.FieldsSeq(string(data)) {
				line, _ := os.ReadFile("/proc/" + child + "/cmdline")
				names = append(names, strings.ReplaceAll(string(line), "\x00", " "))
				below = append(below, child)
			}
		}
		below = below[1:]
	}
	if len(names) > 2 {
		t.Errorf("%d processes are left: %q", len(names), names)
	}
}

// available returns the bytes of memory that the machine could give.
func available(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if text, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(text)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("the machine does not say how much memory is available")
	return 0
}
