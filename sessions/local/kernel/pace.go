package kernel

import "time"

// The kernel's frames have small headers. Beyond a burst, no more of them are
// read in a second: frames that bring nothing cost the server time, of which one
// session must not take much.
const (
	headerBurst = 8 << 20
	headerRate  = 4 << 20 // bytes a second
)

// A pace slows down an execution that sends too many headers.
type pace struct {
	began time.Time
	bytes int64
}

// pass waits until a header of n bytes may be acted on.
func (p *pace) pass(n int) {
	if p.bytes += int64(n); p.bytes <= headerBurst {
		return
	}
	due := time.Duration(p.bytes-headerBurst) * time.Second / headerRate
	time.Sleep(due - time.Since(p.began)) // at most what one header is worth
}
