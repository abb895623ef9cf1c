package sandbox

import "syscall"

// Freeze stops the sandbox's sentry, so that a program which waits for its next
// input costs no processor time at all. While it runs, a sentry wakes some 2500
// times a second to look whether its threads have become idle, for as long as
// the sandbox exists.
//
// A frozen sandbox does nothing: its threads, processes and timers stand still,
// and its clocks go on. It can be killed. Freezing twice is no error.
func (s *Sandbox) Freeze() error { return s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen sandbox go on. One that is not frozen does not notice.
func (s *Sandbox) Thaw() error { return s.signal(syscall.SIGCONT) }

func (s *Sandbox) signal(sig syscall.Signal) error {
	p, err := s.findSentry()
	if err != nil {
		return err
	}
	return p.process.Signal(sig)
}
