package sessions

import (
	"fmt"
	"strings"
)

// A Command is a program that a session runs beside its interpreter: over the
// same files, with the working directory and the environment of programs that code
// starts, under the same limits. It changes nothing in the interpreter. The working
// directory and the variables of a shell end with it.
//
// Exactly one of Shell and Args is set.
type Command struct {
	// Shell is a command line for bash, of any length.
	Shell string
	// Args are a program, by its path or by a name on PATH, and its arguments,
	// which no shell interprets.
	Args []string
	// Stdin is the whole standard input of the program.
	Stdin string
}

// Check returns an error that wraps [ErrInvalidRequest] for a command that no
// session can run.
func (c *Command) Check() error {
	if (c.Shell == "") == (len(c.Args) == 0) {
		return fmt.Errorf("%w: a command must be either a shell command line or a program with its arguments", ErrInvalidRequest)
	}
	if len(c.Args) > 0 && c.Args[0] == "" {
		return fmt.Errorf("%w: the command has no program: its first word is empty", ErrInvalidRequest)
	}
	if strings.ContainsRune(c.Shell+strings.Join(c.Args, ""), 0) {
		return fmt.Errorf("%w: the command contains a NUL character, which no program can receive", ErrInvalidRequest)
	}
	return nil
}

// Check returns an error that wraps [ErrInvalidRequest] for a request that no
// pool can carry out.
func (r *Request) Check() error {
	if r.Timeout < 0 {
		return fmt.Errorf("%w: a timeout of %v; it must be positive, or zero for the pool's default", ErrInvalidRequest, r.Timeout)
	}
	if r.Command == nil {
		return nil
	}
	if r.Code != "" {
		return fmt.Errorf("%w: it has both code and a command; send one of them", ErrInvalidRequest)
	}
	return r.Command.Check()
}
