package sandbox

import "golang.org/x/sys/unix"

// ownRoot makes the mounts of this process its own: it must be in a new mount
// namespace, and what it mounts from now on appears in no other. What is
// unmounted outside goes here too, so that no disk is held.
func ownRoot() error { return unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, "") }
