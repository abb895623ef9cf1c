package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// What keeps sandboxes from starving each other, without any privilege:
//
//   - A sentry is the leader of a session of its own, and so is the first of the
//     processes in which it runs the program. Where the host schedules by
//     autogroups, which it does unless control groups take their place, a
//     sandbox with a thousand threads counts as much as one with a single thread.
//   - A program that computes for long is deprioritized, in favor of programs
//     that answer a short call. That also works where there are no autogroups, such
//     as below a systemd user session. Sentries keep their priority, since each has
//     requests to answer.
const (
	// backgroundGroup is the nice value of the autogroup of a program in the
	// background. A user may raise and lower it at will.
	backgroundGroup = 10
	// backgroundNice is the nice value of its threads, which decides where
	// there are no autogroups. With it a program has a 28th of the weight of
	// another one, and all the time that no other uses.
	backgroundNice = 15
)

// SetBackground deprioritizes the program against those of other sandboxes, or
// restores its priority. It affects all threads and processes of the program, and
// those that they start later.
//
// Restoring may be incomplete: only root may lower the nice value of a thread.
// Where the host schedules by autogroups that does not matter. If there is an
// error, nothing has changed: the program may not have started, or the kernel asks
// to try again, as it does when a user changes autogroups more than ten times a
// second.
func (s *Sandbox) SetBackground(on bool) error {
	p, err := s.findSentry()
	if err != nil {
		return err
	}
	group, nice := 0, 0
	if on {
		group, nice = backgroundGroup, backgroundNice
	}
	leader, err := p.programLeader()
	if err != nil {
		return err
	}
	err = setAutogroup(leader, group)
	if errors.Is(err, unix.EAGAIN) {
		return err
	}
	niced := unix.Setpriority(unix.PRIO_PGRP, leader, nice)
	if err != nil && niced != nil {
		return fmt.Errorf("sandbox: the priority cannot be set: %w", errors.Join(err, niced))
	}
	return nil
}

// setAutogroup sets the nice value of the autogroup that a process is in.
func setAutogroup(pid, nice int) error {
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/autogroup", pid), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString(strconv.Itoa(nice))
	return err
}

// programLeader returns the leader of the session and process group in which
// the sentry runs the program. It outlives all that the program does.
func (p *sentry) programLeader() (int, error) {
	for _, child := range childrenOf(p.process.Pid) {
		group, err := unix.Getpgid(child)
		if err != nil || group == p.process.Pid || !isChild(filepath.Join("/proc", strconv.Itoa(group)), p.process.Pid) {
			continue // it has ended, or is not of the program
		}
		return group, nil
	}
	return 0, errNoSentry
}
