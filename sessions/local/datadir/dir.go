// Package datadir is a session's folder on the host: the files that code in the
// session sees in /mnt/data, and callers reach by name.
//
//	d, err := datadir.Open(path, datadir.Options{…})
//	defer d.Close()
//	file, err := d.Store(ctx, "table.csv", r) // and Stat, Open, List, Remove
//
// Whoever runs code over the folder asks it four things, in this order:
//
//	err = d.LookFirst(ctx)          // what is there before the first execution
//	ceiling := d.Ceiling()          // what the execution may leave behind
//	go d.Watch(ctx, found)          // while it runs: how much it takes
//	x, err := d.Changes(ctx, …)     // afterwards: what changed, and what was too much is taken back
//
// # Hostile contents
//
// Code in the session puts links, pipes and devices where it likes, nests
// folders thousands deep and changes them while they are looked at. Every path
// goes through [os.Root], every walk through package tree, and nothing is opened
// but regular files. The folder knows nothing of sessions, sandboxes or pools:
// of what runs over it only what [Process] says.
package datadir

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options configure a Dir.
type Options struct {
	Bytes     int64 // that the files may take on the disk
	Files     int   // that there may be, folders included; 0 for 200,000
	MaxUpload int64 // bytes of one stored file

	// Process returns what runs over the folder now, nil if nothing does that can
	// tell. It must not wait.
	Process func() Process
	// Owner waits for work that callers have given up on, as on a disk that hangs.
	Owner *sync.WaitGroup
	// HostDisk looks at the file system that a folder is on; nil for the real one.
	HostDisk func(path string) HostDisk
}

// A Process is what runs over a folder, as far as the disk is concerned.
type Process interface {
	// Written returns how many bytes the process has written so far.
	Written() (int64, error)
	// Unlinked returns what the process holds open on a device of files that have
	// no name any more: their bytes, how many of them have some, and how many
	// have none.
	Unlinked(device uint64) (bytes int64, files, empty int, err error)
}

// A Dir is the folder of one session. Its methods may be called concurrently,
// except that between Ceiling and the end of Changes only one execution may be
// under way.
type Dir struct {
	path      string
	root      *os.Root
	limit     usage
	maxUpload int64
	process   func() Process
	owner     *sync.WaitGroup
	hostDisk  func(path string) HostDisk

	mu      sync.Mutex // never held while the disk is used
	account account
	unheld  unheld
	// uploads are the files that callers stored since the last execution ended, and
	// removals what they removed.
	uploads  stamps
	removals []string
	known    known
}

// known is what the last execution left behind, or what was there before the first.
type known struct {
	stamps stamps // nil before anybody has looked
	cut    bool   // there are files beyond the bound on stamps
	// unnamed counts files whose names no caller could pass back.
	unnamed int
	at      time.Time
}

// Open opens a folder, which it makes if it is not there. What is there may be
// left by an earlier server, and must not be a link. The caller calls Close.
func Open(path string, opts Options) (*Dir, error) {
	if err := MakeFolder(path); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	d := &Dir{
		path: path, root: root,
		limit:     usage{opts.Bytes, opts.Files},
		maxUpload: opts.MaxUpload,
		process:   opts.Process, owner: opts.Owner, hostDisk: opts.HostDisk,
		account: account{uploading: map[string]usage{}},
	}
	if d.limit.files == 0 {
		d.limit.files = maxFiles
	}
	if d.hostDisk == nil {
		d.hostDisk = hostDiskOf
	}
	return d, nil
}

// MakeFolder makes a folder, unless there is one. What has the name and is no
// folder, or a link to one, is an error.
func MakeFolder(path string) error {
	if err := os.Mkdir(path, 0o755); err != nil && !os.IsExist(err) {
		return err
	}
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", filepath.Base(path))
	}
	return err
}

// Close closes the folder, which stays where it is.
func (d *Dir) Close() error { return d.root.Close() }
