package budget

import (
	"sync"
	"time"
)

const (
	// largeAnswer is the size of an answer whose memory is worth giving back.
	largeAnswer = 16 << 20
	// returnPause is the least time between two returns of memory, each of
	// which takes a garbage collection.
	returnPause = 2 * time.Second
)

// A memoryReturn gives the memory of large answers back to the system: the server
// may wait for minutes for the next one, in which the runtime would keep it. It
// does so at once, or at the end of the pause after the last time, so that the last
// of several large answers is given back too.
type memoryReturn struct {
	free    func()        // debug.FreeOSMemory
	closing chan struct{} // closed by close

	mu      sync.Mutex
	last    time.Time // when memory was last given back
	pending bool      // it is going to be at the end of the pause
	closed  bool
	waiting sync.WaitGroup
}

// want has memory be given back, now or soon.
func (m *memoryReturn) want() {
	m.mu.Lock()
	pause := returnPause - time.Since(m.last)
	switch {
	case m.pending:
		m.mu.Unlock()
		return
	case pause > 0 && !m.closed:
		m.pending = true
		m.waiting.Go(func() { m.later(pause) })
		m.mu.Unlock()
		return
	}
	m.last = time.Now()
	m.mu.Unlock()
	m.free()
}

// later gives memory back after a pause, or when there is to be no more waiting.
func (m *memoryReturn) later(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-m.closing:
	}
	m.mu.Lock()
	m.pending, m.last = false, time.Now()
	m.mu.Unlock()
	m.free()
}

// close ends waiting, and waits until nothing runs any more.
func (m *memoryReturn) close() {
	m.mu.Lock()
	if !m.closed {
		m.closed = true
		close(m.closing)
	}
	m.mu.Unlock()
	m.waiting.Wait()
}
