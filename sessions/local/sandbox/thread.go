package sandbox

import "runtime"

// A thread is one operating-system thread that runs functions one by one.
//
// The kernel ends a child that asked for it when the thread that started it
// ends, not when the process does. Goroutines wander between threads, and Go
// ends threads as it likes, so children that are to live as long as the server
// are started from a thread that does.
type thread struct {
	work chan func()
	done chan struct{}
}

func newThread() *thread {
	t := &thread{work: make(chan func()), done: make(chan struct{})}
	go t.run()
	return t
}

func (t *thread) run() {
	defer close(t.done)
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	for f := range t.work {
		f()
	}
}

// do runs f on the thread and waits for it.
func (t *thread) do(f func()) {
	ran := make(chan struct{})
	t.work <- func() { defer close(ran); f() }
	<-ran
}

// close ends the thread, and with it every child that was started on it.
func (t *thread) close() {
	close(t.work)
	<-t.done
}
