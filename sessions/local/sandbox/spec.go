package sandbox

// A Spec says what to run and what it may see.
type Spec struct {
	// Args is the program with its arguments. The program is looked up in the
	// sandbox, not on the host.
	Args []string
	// Env is its whole environment, as "NAME=value".
	Env []string
	// Hostname is the sandbox's host name.
	Hostname string
	// Data is the host folder that the program finds, writable, at /mnt/data. It
	// must belong to the user who runs the server.
	Data string
	// Binds are host folders that are bound read-only.
	Binds []Bind
	// Limits bound what the program may use.
	Limits Limits
}

// A Bind makes a host folder visible, read-only, at a path of the sandbox.
type Bind struct {
	Host, Guest string
}

// OwnMemory is what the sentry and the gofer of a program that does nothing take,
// rounded up. Sandbox.Memory includes it, and Limits.Memory does not.
const OwnMemory = 32 << 20

// Limits bound what a program may use. Zero means no bound.
type Limits struct {
	FileSize  int64 // bytes that one file may have
	Processes int   // processes and threads
	Scratch   int64 // bytes that /tmp may hold
	Memory    int64 // bytes of memory beside OwnMemory; the caller watches Sandbox.Memory
}

// A Shortage says which memory a sandbox ran out of, if it was not killed.
type Shortage int

// The shortages.
const (
	NoShortage      Shortage = iota
	OwnShortage              // its own: it came up against a bound that is a little above Limits.Memory
	MachineShortage          // the machine's: the kernel chose the sandbox to be killed
)
