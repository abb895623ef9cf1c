package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/config"
)

// The embedded pool keeps its snapshots in the cache folder: each has a folder,
// whose time is that of its last use, with a file of checksums that is written
// when all the rest is there. See package local.
const (
	snapshotFolder = "snapshots"
	snapshotSums   = "sums.json"
)

// unsaved goes on when the check before could not make a snapshot either.
const unsaved = ": new sessions take seconds, and the next start tries to make one; the log says why this one could not"

// clockGrain is by how much the times of files may lag behind the clock.
const clockGrain = time.Second

// snapshot says whether there is one that fits. The checks before it have
// started an interpreter, and so used the one that fits, or made it.
func (d *examination) snapshot(context.Context) (string, error) {
	if d.cfg.Pool.Isolation == config.IsolationNone {
		return "not needed: without isolation, interpreters are started and not restored", nil
	}
	dir, err := cacheDir(d.cfg.Pool)
	if err != nil {
		return "", err
	}
	s, err := newestSnapshot(filepath.Join(dir, snapshotFolder))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "none" + unsaved, nil
	case err != nil:
		return "", fmt.Errorf("%w. Give the folder back to the user who runs this, or delete it", err)
	case s.used.Before(d.began.Add(-clockGrain)):
		return "none that fits this build and these settings" + unsaved, nil
	case !s.made.Before(d.began.Add(-clockGrain)):
		return fmt.Sprintf("made just now, %d MB", s.size/1e6), nil
	default:
		return fmt.Sprintf("one that fits, %s old, %d MB", age(time.Since(s.made)), s.size/1e6), nil
	}
}

// savedState is a snapshot in the cache folder.
type savedState struct {
	made, used time.Time
	size       config.Bytes
}

// newestSnapshot returns the snapshot in the folder parent that was used last.
// The error wraps os.ErrNotExist if there is none.
func newestSnapshot(parent string) (newest savedState, err error) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return newest, err
	}
	var dir string
	for _, e := range entries {
		path := filepath.Join(parent, e.Name())
		sums, err := os.Stat(filepath.Join(path, snapshotSums))
		if err != nil {
			continue // a lock, or one that is not finished
		}
		used, err := os.Stat(path)
		if err == nil && used.ModTime().After(newest.used) {
			dir, newest = path, savedState{made: sums.ModTime(), used: used.ModTime()}
		}
	}
	if dir == "" {
		return newest, os.ErrNotExist
	}
	newest.size = sizeOf(dir)
	return newest, nil
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
