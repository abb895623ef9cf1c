package sandbox

// Namespaces says in which namespaces sandboxes run on this machine.
type Namespaces string

const (
	// MountNamespace is for root with the capabilities that mounting takes: the
	// sandboxes have mounts of their own.
	MountNamespace Namespaces = "a mount namespace"
	// UserNamespace is for everyone else: the sandboxes have mounts of their own
	// in a user namespace, in which the user is root.
	UserNamespace Namespaces = "a user namespace"
)
