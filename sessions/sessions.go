// Package sessions is the domain of the server: isolated Python sessions, each
// named by an identifier that its caller picks, and the pools they come from.
//
// A [Pool] is addressed by [ID] on every call, exactly as Azure Container Apps
// addresses a dynamic session. There is no handle to open or close: the first
// call that names an ID makes its session, later calls find it with the
// variables and files that earlier ones left, and a session that was unused for
// the pool's cooldown is destroyed.
//
//	          first call                    cooldown
//	none ───────────────▶ starting ─▶ idle ──────────▶ destroyed
//	 ▲                                │  ▲                 │
//	 │                        Execute ▼  │ done            │
//	 └──────────── Stop ──────────── running               │
//	 ▲                                                     │
//	 └──────────── the same ID again: a new incarnation ───┘
//
// Files live in one folder, [DataDir], and outlive the interpreter: when the
// code kills its interpreter, the next call gets a fresh one over the same
// files, or one that is as it was before, and the [Execution] says so.
//
// What a program does is never a Go error. A program that raises, runs out of
// time or memory or takes its interpreter down is a successful call whose
// [Execution] says so in Status. Go errors are for requests that could not be
// carried out; the sentinels in this package tell which kind.
//
// The package depends on the standard library alone, so that everything else
// can depend on it.
package sessions

import (
	"context"
	"io"
	"time"
)

// DataDir is the folder in which a session keeps its files, as its code sees
// it. File names given to a [Pool] are relative to it.
const DataDir = "/mnt/data"

// MaxAzureRun is the longest that Azure lets one execution run
// (sessions-code-interpreter, "220 seconds"). Other pools may allow more.
const MaxAzureRun = 220 * time.Second

// A Pool runs Python code in isolated sessions.
//
// All methods may be called concurrently. Executions that name the same ID run
// one at a time in the order in which they were called; file operations do not
// wait for a running execution. The first call that names an ID makes its
// session, except Stop and Describe, which never make one.
//
// Every method returns an error that wraps [ErrInvalidID] for an ID that
// [ParseID] refuses, the context's error when ctx ends first, [ErrClosed] after
// the pool was closed, [ErrNoCapacity] if the pool is at its limit of sessions or
// could not wake this one, which loses nothing by that, and [ErrUnavailable] if
// there are no sessions at all. Methods that take a
// file name return an error that wraps [ErrInvalidName] for one that
// [CleanName] refuses.
type Pool interface {
	// Execute runs req.Code, or req.Command, in the session and waits for it to
	// end. The error wraps [ErrInvalidRequest] for what [Request.Check] refuses,
	// and for a command or a restart if the pool has none; nothing was run then.
	//
	// When ctx ends first the program is interrupted, and killed if it does not
	// respond; Execute then returns ctx's error, and the session stays usable.
	Execute(ctx context.Context, id ID, req Request) (*Execution, error)

	// Upload stores what r yields under name, replacing any such file, and
	// makes the folders that name goes through. Either the whole file is stored
	// or nothing changes. The error wraps [ErrTooLarge] when r yields more than
	// the pool takes and [ErrDiskFull] when the session's disk has no room.
	Upload(ctx context.Context, id ID, name string, r io.Reader) (File, error)

	// List returns what is in the folder dir, which is "" for [DataDir] itself,
	// in order of name; with recursive, also what is in the folders below it.
	// The error wraps [fs.ErrNotExist] if there is no such folder.
	List(ctx context.Context, id ID, dir string, recursive bool) (Listing, error)

	// Stat describes one file or folder. The error wraps [fs.ErrNotExist] if
	// there is none.
	Stat(ctx context.Context, id ID, name string) (File, error)

	// Download opens a file, which the caller must close. The error wraps
	// [fs.ErrNotExist] if there is none and [ErrInvalidName] if name is a
	// folder, a device or a link that leads out of [DataDir].
	Download(ctx context.Context, id ID, name string) (File, io.ReadCloser, error)

	// Delete removes a file, or a folder with all that is in it. The error
	// wraps [fs.ErrNotExist] if there is none.
	Delete(ctx context.Context, id ID, name string) error

	// Stop ends the session and deletes its files; code that runs in it is
	// killed. Stopping a session that does not exist is no error.
	Stop(ctx context.Context, id ID) error

	// Describe describes a session without making it or prolonging its life. The error
	// wraps [ErrNoSession] if there is none.
	Describe(ctx context.Context, id ID) (Session, error)
}

// A Session describes a session at one moment.
type Session struct {
	ID          ID
	Incarnation string // see Execution.Incarnation
	Created     time.Time
	LastUsed    time.Time
	Expires     time.Time // when its cooldown ends, if nothing uses it before
}

// A File describes one file or folder of a session.
type File struct {
	// Name is the slash-separated path below DataDir, such as "plots/a.png".
	Name     string
	Size     int64 // bytes; 0 for a folder
	Modified time.Time
	Dir      bool
}

// Path returns the file's path as code in the session sees it.
func (f File) Path() string { return DataDir + "/" + f.Name }

// A Listing is what List found.
type Listing struct {
	Files []File // in order of name
	// Omitted counts entries that are not in Files: those with names that
	// CleanName refuses, devices, links that lead out, and entries beyond the
	// pool's bound on a listing. -1 means many.
	Omitted int
	// Unusable are names that CleanName refuses, as they are on the disk below
	// DataDir, of some of the entries that Omitted counts. It is empty for pools
	// that do not know them.
	Unusable []string
}
