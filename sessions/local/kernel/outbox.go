package kernel

import (
	"io"
	"sync"
)

// An outbox writes frames to a kernel, in order, in a goroutine of its own, so that
// senders do not wait for a kernel that does not read. The goroutine exists only
// while there is something to write, and ends when the pipe is closed.
type outbox struct {
	w io.Writer

	mu      sync.Mutex
	queue   [][]byte // the first one is being written
	err     error    // of the first write that failed; nothing is written after it
	writing sync.WaitGroup
}

// send queues a frame. The error is that of an earlier write.
func (o *outbox) send(frame []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	o.queue = append(o.queue, frame)
	if len(o.queue) == 1 {
		o.writing.Go(o.write)
	}
	return nil
}

// unread returns how many frames the kernel has not read yet.
func (o *outbox) unread() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.queue)
}

func (o *outbox) write() {
	for frame := o.first(); frame != nil; frame = o.next() {
		if _, err := o.w.Write(frame); err != nil {
			o.fail(err)
			return
		}
	}
}

func (o *outbox) first() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.queue[0]
}

// next returns the frame after the one that was written, or nil.
func (o *outbox) next() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = o.queue[1:]
	if len(o.queue) == 0 {
		o.queue = nil // what was sent need not be kept
		return nil
	}
	return o.queue[0]
}

func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.err, o.queue = err, nil
}

// wait waits until nothing is written any more.
func (o *outbox) wait() { o.writing.Wait() }
