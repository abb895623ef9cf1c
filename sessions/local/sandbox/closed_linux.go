package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/userfolders"
)

// What is hidden in a folder of the user is closed: an empty file or folder that
// nobody may read is mounted on it. A file system that hides names would have to be
// between the user's and gVisor, and ordinary users cannot have one everywhere. So
// the folder is looked through before it is shown, and what has changed is looked
// through before each execution. What becomes hidden during an execution is closed
// when the next one begins.
//
// Pipes, sockets and devices are closed too, since opening them can do something.
// Hidden links stay: a sandbox resolves them itself, and finds closed what they lead
// to.

const (
	// maxClosed is how many places of a folder are closed at most: each is a mount
	// in every sandbox.
	maxClosed = 10_000
	// maxFolders is how many folders are looked through at most, and maxNesting how
	// deep: folders below that are closed.
	maxFolders = 200_000
	maxNesting = 200
	// namesAtOnce is how many names of a folder are read at once.
	namesAtOnce = 1024
	// clockStep is the coarsest clock of a file system, FAT's: a folder that changed
	// this shortly before it was looked through may have changed since.
	clockStep = 2100 * time.Millisecond
)

// closedPlaces are the places in a folder of the user that are closed.
type closedPlaces struct {
	point  string // where the folder is mounted
	trees  *trees
	hidden bool // may be seen: nothing is closed

	seen   map[string]seenFolder // the folders that were looked through, by their paths below point
	places map[string]bool       // those that were closed; true for those that are closed whatever their names
}

// A seenFolder is how a folder was when it was looked through.
type seenFolder struct {
	device, inode uint64
	modified      unix.Timespec
	changed       unix.Timespec
	unsure        bool // it may have changed since
}

// refreshRounds is how often refresh looks. The second time it finds nothing, unless
// it opened something or the folder is changing.
const refreshRounds = 3

// refresh closes what has become hidden since the last time, and opens what is not
// hidden any more.
func (c *closedPlaces) refresh() error {
	if c.hidden {
		return nil
	}
	root, err := unix.Open(c.point, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(root)
	if len(c.seen) == 0 {
		return c.lookThrough(root, ".", 0)
	}
	for range refreshRounds {
		changed, err := c.lookAgain(root)
		if err != nil || !changed {
			return err
		}
		opened, err := c.reopen()
		if err != nil || !opened {
			return err
		}
	}
	return nil
}

// lookAgain looks through the folders that have changed.
func (c *closedPlaces) lookAgain(root int) (changed bool, err error) {
	for name, was := range c.seen {
		var st unix.Stat_t
		gone := unix.Fstatat(root, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil
		if !gone && was.same(&st) {
			continue
		}
		changed = true
		delete(c.seen, name)
		if gone {
			continue
		}
		if err := c.enter(root, name, nesting(name)); err != nil {
			return changed, err
		}
	}
	if changed {
		c.forgetGone()
	}
	return changed, nil
}

// forgetGone forgets the closed places in folders that are gone.
func (c *closedPlaces) forgetGone() {
	for name := range c.places {
		if _, seen := c.seen[path.Dir(name)]; !seen {
			delete(c.places, name)
		}
	}
}

// nesting returns how deep a folder is below the first.
func nesting(name string) int {
	if name == "." {
		return 0
	}
	n := 1
	for _, r := range name {
		if r == '/' {
			n++
		}
	}
	return n
}

func (s seenFolder) same(st *unix.Stat_t) bool {
	return !s.unsure && s.device == uint64(st.Dev) && s.inode == st.Ino && s.modified == st.Mtim && s.changed == st.Ctim
}

// enter looks through a folder by its path below root, which leads through no link
// unless it is being changed.
func (c *closedPlaces) enter(root int, name string, depth int) error {
	fd, err := openFolder(root, name)
	if err != nil {
		return nil // it is gone, or nobody may read it: so may no sandbox
	}
	defer unix.Close(fd)
	return c.lookThrough(fd, name, depth)
}

func openFolder(at int, name string) (int, error) {
	return unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
}

// lookThrough closes what is to be closed in an open folder and in all below it that
// have not been looked through yet.
func (c *closedPlaces) lookThrough(fd int, name string, depth int) error {
	if len(c.seen) >= maxFolders {
		return fmt.Errorf("it has more than %d folders, which cannot all be looked through for hidden files: open a smaller one, or add --allow-hidden", maxFolders)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	began := time.Now()
	c.seen[name] = seenFolder{uint64(st.Dev), st.Ino, st.Mtim, st.Ctim, began.Sub(time.Unix(st.Mtim.Unix())) < clockStep}
	names, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	dir := os.NewFile(uintptr(names), "/proc/self/fd/"+strconv.Itoa(names)) // under which it looks at what has no type
	defer dir.Close()
	for {
		entries, err := dir.ReadDir(namesAtOnce)
		for _, e := range entries {
			if err := c.lookAt(fd, path.Join(name, e.Name()), e, depth); err != nil {
				return err
			}
		}
		if err == io.EOF || err != nil && len(entries) == 0 {
			return nil // what cannot be listed any more has gone
		}
	}
}

func (c *closedPlaces) lookAt(folder int, name string, e os.DirEntry, depth int) error {
	special := e.Type()&(os.ModeNamedPipe|os.ModeSocket|os.ModeDevice) != 0 || e.IsDir() && depth >= maxNesting
	switch {
	case e.Type()&os.ModeSymlink != 0:
		return nil
	case special || userfolders.Hidden(e.Name()):
		return c.close(folder, name, special)
	case !e.IsDir():
		return nil
	}
	if _, seen := c.seen[name]; seen {
		return nil
	}
	sub, err := openFolder(folder, e.Name())
	if err != nil {
		return nil
	}
	defer unix.Close(sub)
	return c.lookThrough(sub, name, depth+1)
}

// close closes an entry of a folder, unless it is closed or gone.
func (c *closedPlaces) close(folder int, name string, anyName bool) error {
	fd, err := unix.Openat(folder, path.Base(name), unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT == unix.S_IFLNK {
		return nil
	}
	if c.trees.isClosed(&st) {
		c.places[name] = anyName || c.places[name]
		return nil
	}
	if len(c.places) >= maxClosed {
		return fmt.Errorf("it has more than %d hidden files and folders, which cannot all be closed: open a smaller one, or add --allow-hidden", maxClosed)
	}
	err = c.trees.closePlace("/proc/self/fd/" + strconv.Itoa(fd))
	if errors.Is(err, unix.ENOENT) {
		return nil // it was deleted meanwhile
	}
	if err == nil {
		c.places[name] = anyName
	}
	return err
}

// reopen opens what is closed and not hidden any more, such as a file that was
// renamed, and reports whether there was such.
func (c *closedPlaces) reopen() (opened bool, err error) {
	mounts, err := mountTable()
	if err != nil {
		return false, err
	}
	for _, m := range slices.Backward(mounts) {
		name, inside := below(m.point, c.point)
		if !inside || !c.trees.isBlank(m) || userfolders.Hidden(path.Base(name)) || c.places[name] {
			continue
		}
		if unix.Unmount(m.point, unix.MNT_DETACH) != nil {
			continue
		}
		opened = true
		folder := c.seen[path.Dir(name)]
		folder.unsure = true // what has appeared in it was not looked through
		c.seen[path.Dir(name)] = folder
	}
	return opened, nil
}
