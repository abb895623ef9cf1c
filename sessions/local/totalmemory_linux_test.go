package local_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"
)

// TestTotalMemory has sessions, each within its own limit, take more than all of
// them may.
func TestTotalMemory(t *testing.T) {
	const total = 512 << 20
	pool := localtest.New(t, local.Options{Memory: 480 << 20, TotalMemory: total, Warm: -1})
	small, large := sessions.NewID(), sessions.NewID()
	localtest.Execute(t, pool, small, "kept = bytearray(b'x') * (50 << 20)")
	watch := watchFootprint(t)
	x := localtest.Execute(t, pool, large, "more = []; mark = 1")
	for i := 0; i < 14 && x.Status == sessions.Succeeded; i++ { // in short calls, which give way to nobody
		x = localtest.Execute(t, pool, large, "more.append(bytearray(b'x') * (30 << 20))")
	}
	if x.Status == sessions.Succeeded {
		x = localtest.Execute(t, pool, large, "import time; time.sleep(5)") // the kill is on its way
	}
	if x.Status != sessions.MachineOutOfMemory || !x.VariablesLost {
		t.Errorf("the session that holds the most: %q, variables lost %v", x.Status, x.VariablesLost)
	}
	if peak := watch.end(); peak > total*13/10 {
		t.Errorf("the host held %d MiB of %d", peak>>20, total>>20)
	}
	if y := localtest.Execute(t, pool, large, "'mark' in globals()"); y.Restart != sessions.RestartMachine || string(y.Result) != "false" {
		t.Errorf("its next run: restart %q, variables there: %s", y.Restart, y.Result)
	}
	if y := localtest.Execute(t, pool, small, "len(kept)"); y.Text != "52428800" {
		t.Errorf("the other session: %s, restart %q", y.Text, y.Restart)
	}
}

// TestNoMemoryForAnother fills the memory of all sessions with sessions in use:
// one more is refused, and told why.
func TestNoMemoryForAnother(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Memory: 256 << 20, TotalMemory: 220 << 20, Warm: -1, OnIdle: local.Destroy, Cooldown: time.Hour})
	ids := []sessions.ID{sessions.NewID(), sessions.NewID(), sessions.NewID()}
	localtest.Execute(t, pool, ids[0], "1")
	localtest.Execute(t, pool, ids[1], "1")
	_, err := pool.Execute(t.Context(), ids[2], sessions.Request{Code: "1"})
	var full *sessions.CapacityError
	if !errors.As(err, &full) || full.Memory != 220<<20 || !strings.Contains(err.Error(), "memory is short") {
		t.Fatalf("the third session: %v", err)
	}
	localtest.Stop(t, pool, ids[0])
	for { // until what it held is known to be gone
		if _, err = pool.Execute(t.Context(), ids[2], sessions.Request{Code: "1"}); !errors.Is(err, sessions.ErrNoCapacity) {
			break
		}
		localtest.Wait(t, 20*time.Millisecond)
	}
	if err != nil {
		t.Error(err)
	}
}

// TestIdleMakesRoomInMemory has a session put to sleep for another one when
// there is memory for two.
func TestIdleMakesRoomInMemory(t *testing.T) {
	t.Parallel()
	pool := localtest.New(t, local.Options{Memory: 256 << 20, TotalMemory: 220 << 20, Warm: -1})
	ids := []sessions.ID{sessions.NewID(), sessions.NewID(), sessions.NewID()}
	localtest.Execute(t, pool, ids[0], "v = 'kept'")
	localtest.Execute(t, pool, ids[1], "1")
	for {
		_, err := pool.Execute(t.Context(), ids[2], sessions.Request{Code: "1"})
		if err == nil {
			break
		}
		if !errors.Is(err, sessions.ErrNoCapacity) {
			t.Fatal(err)
		}
	}
	if !pool.Asleep(ids[0]) && !pool.Asleep(ids[1]) {
		t.Error("none sleeps")
	}
	localtest.Stop(t, pool, ids[1])
	for {
		x, err := pool.Execute(t.Context(), ids[0], sessions.Request{Code: "v"})
		if errors.Is(err, sessions.ErrNoCapacity) {
			continue
		}
		if err != nil || x.Text != "'kept'" {
			t.Errorf("the one that slept: %+v, %v", x, err)
		}
		return
	}
}
