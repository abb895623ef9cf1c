package sandbox

import (
	"errors"
	"time"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// RemoveTree removes a folder like [cachedir.RemoveTree], and retries for a while if
// processes that are about to die still write to it.
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
