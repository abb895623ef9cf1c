//go:build density && linux

package server

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/sessions/local"
)

var ofPython = dialect{set: "x = '%[1]s'; x", get: "x", shows: "'%[1]s'"}

func TestTwoHundredConversationsAtOnce(t *testing.T) { crowd(t, 200, 20) }

// TestTwoHundredConversationsOnSandboxes holds two hundred conversations with
// real sessions, of which a hundred are awake at most: half of its calls find a
// conversation asleep that began minutes ago. It takes 15 GB of memory.
func TestTwoHundredConversationsOnSandboxes(t *testing.T) {
	const clients, awake, rounds, talking = 200, 100, 20, 8
	pool, err := local.New(local.Options{MaxSessions: awake})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	s := serveWebOn(t, pool, conversation.Options{MaxPerPrincipal: clients})
	free, began := memory(t, "/proc/meminfo", "MemAvailable"), time.Now()
	speakers := make([]*speaker, clients)
	for n := range clients {
		c, err := s.connect(n % ways)
		if err != nil {
			t.Fatal(err)
		}
		speakers[n] = &speaker{c: c}
	}
	least := free
	for _, half := range []string{"first", "second"} {
		order := make(chan int)
		var workers sync.WaitGroup
		for range talking {
			workers.Go(func() {
				for n := range order {
					if err := speakers[n].rounds(t.Context(), ofPython, fmt.Sprintf("%d-%s", n, half), rounds/2); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for _, n := range rand.Perm(clients) {
			order <- n
			least = min(least, memory(t, "/proc/meminfo", "MemAvailable"))
		}
		close(order)
		workers.Wait()
		t.Logf("%s half after %v: %+v", half, time.Since(began).Round(time.Second), pool.Stats())
	}
	used, own := (free-least)>>10, memory(t, "/proc/self/status", "VmRSS")>>10
	t.Logf("memory of all: %d MB at most; of the server: %d MB", used, own)
	if used > awake*160 || own > 500 {
		t.Error("that is too much")
	}
	for _, one := range speakers {
		one.c.Close()
	}
	s.awaitGone(handlesOf(clients))
	if c := pool.Stats(); c.InUse+c.Idle+c.Asleep != handlesOf(clients) {
		t.Errorf("left are %+v, want %d sessions", c, handlesOf(clients))
	}
}

// memory reads a line of a file of the kernel's, in KiB.
func memory(t *testing.T, path, name string) int {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("%s has no %s", path, name)
	return 0
}
