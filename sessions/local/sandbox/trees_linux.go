package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// A sandbox sees a folder of the host as a tree: the folder is bound to a path of
// the runtime in the mount namespace of the sandbox host, and empty folders and files
// cover what is mounted below it. The sandbox was given the folder and not the
// mounts below it, which WSL, GPU containers and separate disks have below /usr. They
// are covered and not left out, because in a user namespace the kernel binds a
// folder only together with everything that is mounted below it.
//
// A tree is private: what is mounted on the host later does not appear in it.

// A tree says where a folder or file of the host is to be bound.
type tree struct {
	Source string `json:"source"`
	Point  string `json:"point"`
}

// treePoint returns where the runtime in dir has the tree of source, which all
// its sandboxes share.
func treePoint(dir, source string) string {
	sum := sha256.Sum256([]byte(source))
	return filepath.Join(dir, "trees", hex.EncodeToString(sum[:8]))
}

// dataPoint is where a sandbox's bundle has the tree of its data folder.
func dataPoint(bundle string) string { return filepath.Join(bundle, "data") }

// blankDir is where the runtime in dir has what covers others.
func blankDir(dir string) string { return filepath.Join(dir, "blank") }

// The folders and files that cover others: empty ones, and empty ones that nobody
// may read.
const (
	blankFolder, blankFile   = "dir", "file"
	closedFolder, closedFile = "closed-dir", "closed-file"
)

// makeBlank makes them.
func makeBlank(dir string) error {
	for name, mode := range map[string]os.FileMode{blankFolder: 0o755, closedFolder: 0} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(path, 0o755), os.Chmod(path, mode)); err != nil {
			return err
		}
	}
	for name, mode := range map[string]os.FileMode{blankFile: 0o644, closedFile: 0} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, mode); err != nil {
			return err
		}
	}
	return nil
}

// trees are the trees of a sandbox host.
type trees struct {
	blank  string // the folder that makeBlank made, mounted read-only on itself
	cover  mount
	closed [2]unix.Stat_t // the folder and the file in it that nobody may read

	mu   sync.Mutex
	made map[string]*sharedTree
}

// A sharedTree is one that sandboxes share. Its mutex is held while it is made.
type sharedTree struct {
	mu   sync.Mutex
	made bool
}

// openTrees uses the folder that makeBlank created. The process must be in its own
// mount namespace, from which nothing propagates to others.
func openTrees(blank string) (*trees, error) {
	blank, err := filepath.EvalSymlinks(blank)
	if err != nil {
		return nil, err
	}
	if err := unix.Mount(blank, blank, "", unix.MS_BIND, ""); err != nil {
		return nil, fmt.Errorf("binding the empty folder: %w", err)
	}
	if err := makeReadOnly(blank, 0); err != nil {
		return nil, fmt.Errorf("making the empty folder read-only: %w", err)
	}
	t := &trees{blank: blank, made: map[string]*sharedTree{}}
	for i, name := range []string{closedFolder, closedFile} {
		if err := unix.Lstat(filepath.Join(blank, name), &t.closed[i]); err != nil {
			return nil, err
		}
	}
	mounts, err := mountTable()
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		if m.point == blank {
			t.cover = m
		}
	}
	return t, nil
}

// makeReadOnly makes a bind mount read-only, and gives it more flags. It keeps the
// flags of the mount, since a user namespace may not clear them.
func makeReadOnly(point string, more uintptr) error {
	var st unix.Statfs_t
	if err := unix.Statfs(point, &st); err != nil {
		return err
	}
	flags := unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | more
	for _, f := range []struct{ has, set uintptr }{
		{unix.ST_NOEXEC, unix.MS_NOEXEC}, {unix.ST_NOATIME, unix.MS_NOATIME},
		{unix.ST_NODIRATIME, unix.MS_NODIRATIME}, {unix.ST_RELATIME, unix.MS_RELATIME},
	} {
		if uintptr(st.Flags)&f.has != 0 {
			flags |= f.set
		}
	}
	return unix.Mount("", point, "", flags, "")
}

// open makes the trees that a sandbox needs: those that it shares, and that of its
// data, which it has for itself until close.
func (t *trees) open(shared []tree, data *tree) error {
	for _, want := range shared {
		if err := t.share(want); err != nil {
			return err
		}
	}
	if data == nil {
		return errors.New("a sandbox needs a folder for its data")
	}
	return t.make(*data)
}

// close removes the tree of a sandbox's data.
func (t *trees) close(data *tree) {
	if data != nil {
		t.remove(*data)
	}
}

// share makes a tree, unless it exists and still shows what is at its source. It
// may be called concurrently.
func (t *trees) share(want tree) error {
	t.mu.Lock()
	s := t.made[want.Point]
	if s == nil {
		s = &sharedTree{}
		t.made[want.Point] = s
	}
	t.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made {
		if sameFile(want.Source, want.Point) {
			return nil
		}
		s.made = false
		t.remove(want)
	}
	if err := t.make(want); err != nil {
		return err
	}
	s.made = true
	return nil
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// make makes a tree that nobody shares.
func (t *trees) make(want tree) error {
	if err := makePoint(want); err != nil {
		return err
	}
	point, err := filepath.EvalSymlinks(want.Point)
	if err != nil {
		return err
	}
	source, err := filepath.EvalSymlinks(want.Source)
	if err != nil {
		return err
	}
	if err := allowBinding(source); err != nil {
		return err
	}
	if err := unix.Mount(source, point, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("binding %s with what is mounted below it: %w", source, err)
	}
	err = t.hideMounts(point, source)
	if err != nil {
		t.remove(want)
	}
	return err
}

// remove unmounts a tree.
func (t *trees) remove(gone tree) { _ = unix.Unmount(gone.Point, unix.MNT_DETACH) }

// makePoint makes the folder or the file that a tree is mounted on.
func makePoint(want tree) error {
	info, err := os.Stat(want.Source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.MkdirAll(want.Point, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(want.Point), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(want.Point, os.O_CREATE|os.O_RDONLY, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}

// allowBinding makes mounts below source bindable that the host has marked as
// unbindable. In a user namespace they would prevent source from being bound at all.
func allowBinding(source string) error {
	mounts, err := mountTable()
	if err != nil {
		return err
	}
	for _, m := range mounts {
		if _, ok := below(m.point, source); m.unbindable && (ok || m.point == source) {
			_ = unix.Mount("", m.point, "", unix.MS_PRIVATE, "") // or the bind says why not
		}
	}
	return nil
}

// coverRounds is how often hideMounts looks for something to cover. The second time
// it finds nothing, unless something was mounted before the tree was private.
const coverRounds = 3

// hideMounts makes the tree at point private and covers what is mounted below
// it.
func (t *trees) hideMounts(point, source string) error {
	if err := unix.Mount("", point, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("making the mounts below %s private: %w", source, err)
	}
	for range coverRounds {
		mounts, err := mountTable()
		if err != nil {
			return err
		}
		places := toCover(mounts, point, source, t.isBlank)
		done := true
		for _, place := range places {
			switch err := t.coverPlace(place); {
			case err == nil:
				done = false
			case !unreachable(place):
				return fmt.Errorf("covering what is mounted below %s: %w", source, err)
			}
		}
		if done {
			return nil
		}
	}
	return fmt.Errorf("covering what is mounted below %s: new mounts keep appearing", source)
}

// coverPlace mounts the empty folder on a folder, and the empty file on anything
// else. It does not open what is there: that may be a file server that does not
// respond, or a disk that is mounted on access.
func (t *trees) coverPlace(place string) error { return t.coverWith(place, blankFolder, blankFile) }

// closePlace does the same with what nobody may read.
func (t *trees) closePlace(place string) error { return t.coverWith(place, closedFolder, closedFile) }

func (t *trees) coverWith(place, folder, file string) error {
	err := unix.Mount(filepath.Join(t.blank, folder), place, "", unix.MS_BIND, "")
	if errors.Is(err, unix.ENOTDIR) {
		err = unix.Mount(filepath.Join(t.blank, file), place, "", unix.MS_BIND, "")
	}
	return err
}

// isClosed reports whether what is at a place is what closePlace mounts.
func (t *trees) isClosed(st *unix.Stat_t) bool {
	for _, closed := range t.closed {
		if st.Dev == closed.Dev && st.Ino == closed.Ino {
			return true
		}
	}
	return false
}

// unreachable reports whether a place has no path by which a sandbox, which has no
// more rights than this process, could reach it.
func unreachable(place string) bool {
	fd, err := unix.Open(place, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0) // mounts nothing by itself
	if err == nil {
		unix.Close(fd)
	}
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EACCES)
}

// isBlank reports whether a mount is one that coverPlace made.
func (t *trees) isBlank(m mount) bool {
	_, ok := below(m.root, t.cover.root)
	return ok && m.device == t.cover.device
}
