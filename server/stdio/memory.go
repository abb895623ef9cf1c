package stdio

import (
	"runtime/debug"
	"sync"
	"time"
)

const (
	// largeMessage is the length of a message whose memory is worth giving back.
	largeMessage = 16 << 20
	// returnPause is the least time between two returns of memory, each of
	// which takes a garbage collection.
	returnPause = 5 * time.Second
)

// memory gives what large messages took back to the system at once: the server
// waits for minutes between messages, in which the runtime would keep it.
type memory struct {
	giveBack func()

	mu   sync.Mutex
	last time.Time
}

func newMemory() *memory { return &memory{giveBack: debug.FreeOSMemory} }

// done is called when a message of n bytes is no longer needed.
func (m *memory) done(n int) {
	if n < largeMessage {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := time.Now(); m.last.IsZero() || now.Sub(m.last) >= returnPause {
		m.last = now
		m.giveBack()
	}
}
