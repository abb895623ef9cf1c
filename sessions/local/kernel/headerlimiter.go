package kernel

import "time"

// The kernel's frames have small headers. Beyond a burst, headers are read at a
// limited rate: frames without content cost the server processor time, of which
// one session must not take much.
const (
	headerBurst = 8 << 20 // bytes
	headerRate  = 4 << 20 // bytes a second
)

// A headerLimiter slows down an execution that sends too many headers.
type headerLimiter struct {
	began time.Time
	bytes int64
}

// wait waits until a header of n bytes may be handled.
func (l *headerLimiter) wait(n int) {
	if l.bytes += int64(n); l.bytes <= headerBurst {
		return
	}
	due := time.Duration(l.bytes-headerBurst) * time.Second / headerRate
	time.Sleep(due - time.Since(l.began)) // at most what one header is worth
}
