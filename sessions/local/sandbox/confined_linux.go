package sandbox

import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/local/sandbox/early"
	"dynamic-sessions-mcp/sessions/local/sandbox/gofer"
	"dynamic-sessions-mcp/sessions/local/sandbox/landlock"
)

// What the processes of a sandbox without namespaces may do is said here, for the sentry
// and the gofer. Their system calls are filtered besides, by gVisor, as soon as they have
// started: then a sentry opens nothing any more, and neither makes a socket.

// sentryPolicy lets a sentry find out about the machine while it starts.
func sentryPolicy() landlock.Policy {
	return landlock.Policy{Read: []string{"/proc", "/sys", os.DevNull}, Run: []string{ownBinary}}
}

// goferPolicy lets a gofer read what it serves, and change what is writable of that.
func goferPolicy(c gofer.Config) landlock.Policy {
	p := landlock.Policy{Read: []string{c.EmptyFolder, c.EmptyFile, early.Needed}, Run: []string{ownBinary}}
	for _, m := range c.Mounts {
		if m.Writable {
			p.Write = append(p.Write, m.Source)
			continue
		}
		p.Read = append(p.Read, m.Source)
		for _, source := range m.Links {
			p.List = append(p.List, source)
		}
		if m.Folders != nil {
			for _, source := range m.Folders.Sources {
				p.Read = append(p.Read, source)
			}
		}
	}
	return p
}

// policyFile returns a file that has a policy as far as the level has one.
func (l Level) policyFile(p landlock.Policy) (*os.File, error) {
	return memoryFile("policy", l.confine(p))
}

// memoryFile returns a file in memory that has a value as JSON.
func memoryFile(name string, value any) (*os.File, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_NOEXEC_SEAL)
	if err != nil {
		if fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC); err != nil { // before 6.3
			return nil, err
		}
	}
	f := os.NewFile(uintptr(fd), name)
	if _, err := f.WriteAt(data, 0); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// confineCommand makes a command confine itself before it becomes what its arguments say. Its
// policy is in the file that it has at a descriptor.
func confineCommand(cmd *exec.Cmd, policy int) {
	cmd.Args = append([]string{early.ConfinedName, strconv.Itoa(policy)}, cmd.Args...)
}
