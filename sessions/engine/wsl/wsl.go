// Package wsl runs the Linux program in a distribution of WSL 2 that is the program's own,
// which no administrator has to make:
//
//	d := wsl.New(wsl.Options{Program: path, System: archive, Dir: dir, Lock: lock, Args: args})
//	cmd, err := d.Start(ctx, doing) // makes the distribution, or brings it up to date
//	defer d.Remove(ctx)             // what a killed command may have left
//
// # One distribution, brought up to date in place
//
// There is one distribution, dynamic-sessions-mcp, for all servers of a user and for all
// versions of the program. It is made of an archive with a small Linux system, to which
// the program and the settings of WSL are added on the way. What sessions need beyond
// that, a gigabyte, is downloaded into /cache, and has to survive a new version of the
// program. So that version is unpacked over the distribution, by the tar in it, through
// the standard input of wsl.exe: in seconds, where exporting, importing and downloading
// take minutes. Processes that run keep the files that they have open, as with an update
// of any Linux, and the program starts its own parts from the file that it runs.
//
// A stamp in the distribution, the checksum of all that it was made of, is emptied first
// and written last. So an update that was cut off is noticed, and done again.
//
// # What ends, and how
//
// The program ends when its input does, and WSL closes that when wsl.exe ends, however
// that ends. Servers share the distribution, so it is never terminated; a program that
// does not end by itself is killed alone, by a variable in its environment. WSL stops a
// distribution by itself in which nothing runs.
//
// # What it sees of Windows
//
// Nothing: no drives, no programs, no graphics. The program runs as an ordinary user, who
// cannot mount what the settings leave out.
//
// Facts about wsl.exe are those of its sources, https://github.com/microsoft/WSL.
package wsl

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	executable   = "wsl.exe"
	distribution = "dynamic-sessions-mcp"
	variable     = "SESSIONS_POOL" // in the environment of a program that was started here
)

// Options are what a distribution is made of. All are required but Args and Variables.
type Options struct {
	Program string // the path of the Linux program on this system
	// System is the path of an archive of tar, which gzip may have compressed: a Linux
	// with glibc 2.28 or newer, a shell, coreutils, grep and tar.
	System string
	// Dir returns a folder that exists and is for the distribution alone.
	Dir func() (string, error)
	// Lock waits for the lock of a file that need not exist, and returns what unlocks it.
	Lock func(ctx context.Context, path string) (unlock func() error, err error)
	Args []string // of the program's command pool
	// Variables are the names of those in the environment of this process that the program
	// has too.
	Variables []string
}

// A Distribution runs one program at a time. One goroutine may use it at a time; any
// number of processes may.
type Distribution struct {
	opts Options
	id   string
	last *exec.Cmd // nil before the first start
}

// New returns the distribution for one pool of this process. It starts nothing.
func New(o Options) *Distribution {
	return &Distribution{opts: o, id: fmt.Sprintf("%d-%x", os.Getpid(), time.Now().UnixNano())}
}

// Start returns the command that runs the program, whose standard streams are the
// program's. It makes the distribution if there is none, or none that works, and brings
// it up to date, which doing is told. The error says what to do.
func (d *Distribution) Start(ctx context.Context, doing func(string)) (*exec.Cmd, error) {
	if err := d.ensure(ctx, doing); err != nil {
		return nil, err
	}
	doing("starting the distribution of WSL")
	d.last = exec.Command(executable, d.run()...)
	d.last.Env = append(environment(), d.handOver()...)
	return d.last, nil
}

// Remove kills the program, if it has not ended together with its command. It starts no
// distribution for that.
func (d *Distribution) Remove(ctx context.Context) {
	if d.last == nil || d.last.ProcessState == nil || d.last.ProcessState.Success() {
		return
	}
	if said, err := ask(ctx, running()...); err == nil && slices.Contains(strings.Fields(said), distribution) {
		_, _ = ask(ctx, d.end()...)
	}
}

// Probe asks whether WSL is there and works. The error says what to do, unless ctx has
// ended.
func Probe(ctx context.Context) error {
	said, err := ask(ctx, status()...)
	if why := remedy(said); why == noVirtualization || why != "" && err != nil {
		// In the former case it ends well all the same. In others it may wait for a key.
		return fmt.Errorf("WSL does not work: %s", why)
	}
	return explain(ctx, "WSL does not work", said, err)
}
