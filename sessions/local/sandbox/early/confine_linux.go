package early

import (
	"encoding/json"
	"os"
	"strconv"
	"syscall"

	"dynamic-sessions-mcp/sessions/local/sandbox/landlock"
)

// A process that is to be confined is started under ConfinedName, and confines itself
// before it becomes what it is for: this program under another name. Its arguments are
// the descriptor that it reads its [landlock.Policy] from, and the arguments of that.
func init() {
	if os.Args[0] == ConfinedName {
		os.Stderr.WriteString("confining a process: " + confine(os.Args[1:]).Error() + "\n")
		os.Exit(1)
	}
}

// confine returns only if it fails.
func confine(args []string) error {
	if len(args) < 2 {
		return syscall.EINVAL
	}
	fd, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var policy landlock.Policy
	file := os.NewFile(uintptr(fd), "policy")
	err = json.NewDecoder(file).Decode(&policy)
	file.Close()
	if err != nil {
		return err
	}
	return policy.Exec("/proc/self/exe", args[1:], os.Environ())
}
