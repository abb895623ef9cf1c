package hibernation_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/localtest"

	"github.com/rs/zerolog"
)

// A logged is what a pool has logged. It may be used concurrently.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

// TestSmallDisk has its cache folder on disks on which there is no room for a
// snapshot, and for a snapshot but not for a checkpoint beside it. Sessions stay
// awake there, with what they have, and when all are awake that may be another
// one is told so.
func TestSmallDisk(t *testing.T) {
	t.Parallel()
	for _, size := range []string{"40m", "140m"} {
		t.Run(size, func(t *testing.T) {
			dir := smallDisk(t, size)
			var log logged
			pool, err := local.New(local.Options{Cooldown: time.Millisecond, CacheDir: dir, Warm: -1, MaxSessions: 1, Isolation: localtest.Isolation(),
				Logger: zerolog.New(&log)})
			if err != nil {
				t.Fatal(err)
			}
			id := sessions.NewID()
			localtest.Execute(t, pool, id, "v = [1]; open('a.txt', 'w').write('here')")
			for !log.has("it stays awake") {
				localtest.Wait(t, 10*time.Millisecond)
			}
			if _, err := pool.Execute(t.Context(), sessions.NewID(), sessions.Request{Code: "1"}); !errors.Is(err, sessions.ErrNoCapacity) {
				t.Errorf("another session: %v", err)
			}
			x := localtest.Execute(t, pool, id, "v, open('a.txt').read()")
			if x.Restart != "" || x.Text != "([1], 'here')" || pool.Stats().Asleep > 0 {
				t.Errorf("restart %q, %s, %+v", x.Restart, x.Text, x.Error)
			}
			if left, err := filepath.Glob(filepath.Join(dir, "run", "*", "image-*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if err := pool.Close(); err != nil {
				t.Error(err)
			}
			if left, err := filepath.Glob(filepath.Join(dir, "*", "making-*")); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
			if left, err := os.ReadDir(filepath.Join(dir, "run")); err != nil || len(left) != 1 {
				t.Errorf("left behind: %v, %v", left, err) // the lock is left
			}
		})
	}
}
