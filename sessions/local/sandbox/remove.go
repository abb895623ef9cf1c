package sandbox

import (
	"errors"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// RemoveTree removes a folder in which processes that are about to die may
// still write: it tries for a while. See [cachedir.RemoveTree].
func RemoveTree(dir string) error {
	return persist(func() error { return cachedir.RemoveTree(dir) })
}

// persist tries to remove something for two seconds.
func persist(remove func() error) error {
	var err error
	for range 40 {
		if err = remove(); err == nil || errors.Is(err, cachedir.ErrNotOurs) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}
