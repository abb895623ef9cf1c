package sandbox

import "runtime"

// A thread is one operating-system thread that runs functions one by one.
//
// The parent-death signal of a child is sent when the thread ends that started the
// child, not when the process ends. Goroutines move between threads, and Go may end
// threads at any time. Children that must live as long as the server are therefore
// started from a thread that does.
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
