package sandbox

import "syscall"

// Freeze stops the sandbox's sentry, so that a program which waits for input costs
// no processor time at all. A sentry that runs wakes about 2500 times a second to
// see whether its threads have become idle, as long as the sandbox exists.
//
// A frozen sandbox does nothing: its threads, processes and timers stand still, and
// its clocks go on. It can be killed. Freezing twice is no error.
func (s *Sandbox) Freeze() error { return s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen sandbox go on. It has no effect on one that is not frozen.
func (s *Sandbox) Thaw() error { return s.signal(syscall.SIGCONT) }

func (s *Sandbox) signal(sig syscall.Signal) error {
	p, err := s.findSentry()
	if err != nil {
		return err
	}
	return p.process.Signal(sig)
}
