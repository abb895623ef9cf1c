package sandbox

// A Level says what stands between a sandbox and the machine beside gVisor itself, in
// words that complete "gVisor, …".
type Level string

// The levels, the strongest first.
const (
	// MountNamespace is for root with the capabilities that mounting takes: the
	// sandboxes have namespaces and mounts of their own.
	MountNamespace Level = "in a mount namespace"
	// UserNamespace is for everyone else: the sandboxes have them in a user namespace,
	// in which the user is root.
	UserNamespace Level = "in a user namespace"
	// Landlock is for those who may create no namespaces, as in most containers: the
	// processes of a sandbox confine themselves.
	Landlock Level = "without namespaces, behind Landlock"
	// Unconfined is for kernels without Landlock: nothing but gVisor and its filters of
	// system calls.
	Unconfined Level = "without namespaces and without Landlock"
)

// String returns a level as people read it.
func (l Level) String() string { return "gVisor, " + string(l) }

// Namespaced reports whether the sandboxes of a level have namespaces of their own.
func (l Level) Namespaced() bool { return l == MountNamespace || l == UserNamespace }

// A Demand says which levels will do.
type Demand string

// The demands.
const (
	// Strongest is for namespaces, and for Landlock where there are none.
	Strongest Demand = ""
	// NeedNamespaces is for nothing but namespaces.
	NeedNamespaces Demand = "namespaces"
	// OnlyLandlock is for Landlock also where there are namespaces.
	OnlyLandlock Demand = "landlock"
	// AnyLevel is for what can be had, also if that is neither.
	AnyLevel Demand = "any"
)
