package sandbox

// Namespaces says in which namespaces sandboxes run on this machine.
type Namespaces string

const (
	// mountNamespace is for root with the capabilities that mounting takes: the
	// sandboxes have mounts of their own.
	mountNamespace Namespaces = "a mount namespace"
	// userNamespace is for everyone else: the sandboxes have mounts of their own
	// in a user namespace, in which the user is root.
	userNamespace Namespaces = "a user namespace"
)
