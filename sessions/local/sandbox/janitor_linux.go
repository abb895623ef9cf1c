package sandbox

import (
	"os"
	"os/exec"
	"syscall"
)

// The janitor outlives a server that is killed until it has removed the server's
// folder. It notices the death of the server at the end of a pipe that only the
// server holds open, which needs neither a signal nor polling.

// startJanitor starts the janitor of the folder dir. The janitor holds lock, the lock
// of the folder, until the folder is gone.
func startJanitor(dir string, lock *os.File) (*janitorProcess, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.Command("/proc/self/exe", dir)
	cmd.Args[0] = janitorName
	cmd.Env = []string{}
	cmd.Dir = "/"
	cmd.Stdin = r
	cmd.ExtraFiles = []*os.File{lock}
	// In its own session it does not receive interrupts from the terminal.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return &janitorProcess{cmd: cmd, pipe: w}, nil
}

// janitorLock is the descriptor that a janitor has the lock of its folder at.
const janitorLock = 3

type janitorProcess struct {
	cmd  *exec.Cmd
	pipe *os.File
}

// finish makes the janitor remove the folder and waits until it has.
func (j *janitorProcess) finish() error {
	j.pipe.Close()
	return j.cmd.Wait()
}

// janitor is the main function of the janitor, which gets here when its server is
// gone: package early waits for that, maybe for days, before the other packages take
// memory.
func janitor(args []string) int {
	if len(args) != 1 {
		return 2
	}
	removeRecordedGroups(args[0])
	if err := removeWorkspace(args[0], os.NewFile(janitorLock, workspaceLock)); err != nil {
		return 1
	}
	return 0
}
