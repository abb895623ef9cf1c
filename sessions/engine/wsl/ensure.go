package wsl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Bounds of what WSL is asked for. It starts a virtual machine first, if none runs.
const (
	startTime = 2 * time.Minute
	makeTime  = 15 * time.Minute
	undoTime  = 30 * time.Second
)

// within bounds what WSL is asked for.
func within(ctx context.Context, bound time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, bound, fmt.Errorf("it has not answered within %v: run wsl --shutdown, which ends all that runs in it, or restart Windows", bound))
}

const (
	diskName = "disk"         // the folder in Dir that WSL keeps the distribution in
	making   = "making-*.tar" // archives in Dir that are to be imported
)

// ensure sees to it that the distribution is there and up to date.
func (d *Distribution) ensure(ctx context.Context, doing func(string)) (err error) {
	a, err := readArchive(d.opts)
	if err != nil {
		return err
	}
	dir, err := d.opts.Dir()
	if err != nil {
		return fmt.Errorf("the folder for the distribution of WSL: %w", err)
	}
	doing("looking for the distribution of WSL")
	unlock, err := d.opts.Lock(ctx, filepath.Join(dir, "lock"))
	if err != nil {
		return fmt.Errorf("waiting for another server that makes the distribution of WSL: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	started, cancel := within(ctx, startTime)
	defer cancel()
	said, err := ask(started, stamp()...)
	ctx, stop := within(ctx, makeTime)
	defer stop()
	switch {
	case err == nil && strings.Contains(said, a.stamp): // there may be warnings too
		return nil
	case err == nil || !failedItself(err): // there is another stamp, or none
		doing("bringing the distribution of WSL up to date")
		return d.update(ctx, dir, a, doing)
	case gone(said) || lostDisk(said):
		return d.create(ctx, dir, a, doing)
	}
	return explain(started, "the distribution of WSL cannot be started", said, err)
}

// create makes the distribution anew. Nothing is left of one that fails.
func (d *Distribution) create(ctx context.Context, dir string, a *archive, doing func(string)) (err error) {
	doing("making the distribution of WSL for the sessions, which is done once")
	disk := filepath.Join(dir, diskName)
	if err := discard(ctx, dir); err != nil {
		return err
	}
	path, err := a.store(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
	said, err := ask(ctx, imported(disk, path)...)
	if err == nil {
		return nil
	}
	err = explain(ctx, "the distribution of WSL cannot be made", said, err)
	if taken(said) {
		return err
	}
	return errors.Join(err, discard(context.WithoutCancel(ctx), dir))
}

// discard removes what is left of a distribution.
func discard(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, undoTime)
	defer cancel()
	_, _ = ask(ctx, unregister()...) // there may be none
	left, err := filepath.Glob(filepath.Join(dir, making))
	if err != nil {
		return err
	}
	for _, path := range append(left, filepath.Join(dir, diskName)) {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("removing what is left of a distribution of WSL: %w. Run wsl --shutdown if it is in use", err)
		}
	}
	return nil
}

// update unpacks an archive over the distribution, once it is known to be whole. If there
// is no tar in the distribution that works it is made anew.
func (d *Distribution) update(ctx context.Context, dir string, a *archive, doing func(string)) error {
	if err := a.write(io.Discard, true); err != nil {
		return err
	}
	unpacked, packed := io.Pipe()
	cmd := command(ctx, unpack()...)
	cmd.Stdin = unpacked
	written := make(chan error, 1)
	go func() {
		err := a.write(packed, true)
		packed.CloseWithError(err)
		written <- err
	}()
	said, err := finish(cmd)
	unpacked.CloseWithError(errUnpacked)
	switch bad := <-written; {
	case bad != nil && !errors.Is(bad, errUnpacked):
		return bad
	case err == nil:
		return nil
	case ctx.Err() != nil || full(said) || failedItself(err): // the next start does it again
		return explain(ctx, "the distribution of WSL cannot be brought up to date", said, err)
	}
	return d.create(ctx, dir, a, doing)
}

// errUnpacked is what writing gets when nobody reads any more.
var errUnpacked = errors.New("unpacking has ended")
