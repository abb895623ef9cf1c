package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// unsaved is added if the check before could not make a snapshot either.
const unsaved = ": new sessions take seconds, and the next start tries to make one; the log says why this one could not"

// clockGrain is how far the times of files may lag behind the clock.
const clockGrain = time.Second

// snapshot says whether there is a snapshot that fits. The checks before it have
// started an interpreter, and so have used the one that fits, or made it.
func (d *examination) snapshot(context.Context) (string, error) {
	if d.Config.Pool.Isolation == local.None {
		return "not needed: without isolation, interpreters are started, not restored", nil
	}
	dir, err := cachedir.Locate(d.Config.Pool.CacheDir)
	if err != nil {
		return "", err
	}
	s, err := snapshot.Last(dir)
	if used := err == nil && !s.Used.Before(d.began.Add(-clockGrain)); !used {
		if shared, ok := sharedSnapshot(d.Config.Pool.SystemDir); ok {
			return "that for all users, in " + shared, nil
		}
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "none" + unsaved, nil
	case err != nil:
		return "", fmt.Errorf("%w. Give the folder back to the user who runs this program, or delete it", err)
	case s.Used.Before(d.began.Add(-clockGrain)):
		return "none that fits this build and these settings" + unsaved, nil
	case !s.Made.Before(d.began.Add(-clockGrain)):
		return fmt.Sprintf("made just now, %d MB", sizeOf(s.Dir)/1e6), nil
	default:
		return fmt.Sprintf("one that fits, %s old, %d MB", age(time.Since(s.Made)), sizeOf(s.Dir)/1e6), nil
	}
}

// sharedSnapshot returns the folder for all users if there is a snapshot in it. A
// server that could not use it would have made one of its own.
func sharedSnapshot(systemDir string) (string, bool) {
	dir, err := cachedir.Shared(systemDir)
	if err != nil {
		return "", false
	}
	found, err := filepath.Glob(filepath.Join(dir, "snapshots", strings.Repeat("[0-9a-f]", 16)))
	return dir, err == nil && len(found) > 0
}

// age is a duration in the unit that suits it.
func age(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	default:
		return fmt.Sprintf("%d seconds", d/time.Second)
	}
}
