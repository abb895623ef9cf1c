package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/userfolders"
)

// The user's folders are mounted in one folder of the runtime, which all its
// sandboxes have as a single mount. So the specification of a sandbox, and with it a
// snapshot, is the same whatever folders there are, and also if there are none.
//
//	sandbox host                           gofer of a sandbox
//	  user          shared        ──────▶    /mnt/user       follows
//	  ├── data      bind, read-only          ├── data
//	  │   └── .env  a closed file            │   └── .env
//	  └── photos    bind, read-only          └── photos
//
// The folder is shared: what the sandbox host mounts in it appears in the sandboxes
// that run already. A folder is made in another place, with everything that sandboxes must not see covered, and moved there when it
// is whole.
//
// The mounts below a folder of the user are part of it, unlike those of a tree: who
// opens a folder means what they see in it. They are read-only too.

// userPoint is where the runtime in dir has the user's folders, and stagePoint where
// it makes them.
func userPoint(dir string) string  { return filepath.Join(dir, "user") }
func stagePoint(dir string) string { return filepath.Join(dir, "stage") }

// makeUserDir makes both.
func makeUserDir(dir string) error {
	return errors.Join(os.MkdirAll(userPoint(dir), 0o755), os.MkdirAll(stagePoint(dir), 0o700))
}

// A userDir is what the sandbox host knows of the user's folders.
type userDir struct {
	point, stage string
	trees        *trees
	mounts       *mountWatch

	mu      sync.Mutex // held while the folders are shown
	folders map[string]*shownFolder
}

// A shownFolder is a folder of the user that sandboxes see.
type shownFolder struct {
	source fs.FileInfo    // what was there when it was mounted
	below  map[string]int // the mounts at it and below it: their numbers by their paths below it
	closed *closedPlaces
	away   bool // an empty folder covers it
}

// openUserDir shares the folder that makeUserDir made. The process must be in its own
// mount namespace.
func openUserDir(dir string, t *trees) (*userDir, error) {
	u := &userDir{trees: t, mounts: &mountWatch{}, folders: map[string]*shownFolder{}}
	var err error
	if u.point, err = filepath.EvalSymlinks(userPoint(dir)); err != nil {
		return nil, err
	}
	if u.stage, err = filepath.EvalSymlinks(stagePoint(dir)); err != nil {
		return nil, err
	}
	if err := unix.Mount(u.point, u.point, "", unix.MS_BIND, ""); err != nil {
		return nil, fmt.Errorf("binding the folder for those of the user: %w", err)
	}
	for _, kind := range []uintptr{unix.MS_PRIVATE, unix.MS_SHARED} {
		if err := unix.Mount("", u.point, "", kind, ""); err != nil {
			return nil, fmt.Errorf("sharing the folder for those of the user: %w", err)
		}
	}
	return u, nil
}

// show makes the sandboxes see the folders as they are now: it mounts those that are
// new or have been replaced, empties those that are gone, and closes what has become
// hidden. It returns those that sandboxes do not see.
func (u *userDir) show(want UserFolders) []Unshown {
	u.mu.Lock()
	defer u.mu.Unlock()
	mounts, err := u.mounts.table()
	var unshown []Unshown
	for _, f := range want.Folders {
		failed := err
		if failed == nil {
			failed = u.showOne(f, want, mounts)
		}
		if failed != nil {
			u.remove(f.Name)
			unshown = append(unshown, Unshown{Host: f.Host, Why: explainUnshown(failed)})
		}
	}
	return unshown
}

func (u *userDir) showOne(f userfolders.Folder, want UserFolders, mounts []mount) error {
	source, err := filepath.EvalSymlinks(f.Host)
	if err != nil {
		return err
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	below := mountsAt(mounts, source, want.Private)
	shown := u.folders[f.Name]
	if shown != nil && os.SameFile(shown.source, info) && shown.below["."] == below["."] {
		if shown.away {
			_ = unix.Unmount(filepath.Join(u.point, f.Name), unix.MNT_DETACH)
			shown.away = false
		}
		if err := u.updateMounts(f.Name, source, shown, below, want); err != nil {
			return err
		}
		return shown.closed.refresh()
	}
	u.remove(f.Name)
	shown = &shownFolder{source: info, below: below}
	if shown.closed, err = u.mount(f.Name, source, want); err != nil {
		return err
	}
	u.folders[f.Name] = shown
	return nil
}

// updateMounts unmounts below a folder what the user has unmounted, and mounts what
// they have mounted. The folder itself stays, as a sandbox that has it open would not
// notice another mount of it.
func (u *userDir) updateMounts(name, source string, shown *shownFolder, now map[string]int, want UserFolders) error {
	point := filepath.Join(u.point, name)
	for place, id := range shown.below {
		if now[place] != id {
			_ = unix.Unmount(filepath.Join(point, place), unix.MNT_DETACH)
		}
	}
	fresh := map[string]bool{}
	for place, id := range now {
		fresh[place] = shown.below[place] != id
	}
	for place := range fresh {
		if !fresh[place] || insideOf(place, fresh) {
			continue
		}
		_, err := u.attach(filepath.Join(u.stage, name), filepath.Join(source, place), filepath.Join(point, place), want)
		if err != nil && !errors.Is(err, errKernel) && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	shown.below = now
	return nil
}

// mount makes a folder visible.
func (u *userDir) mount(name, source string, want UserFolders) (*closedPlaces, error) {
	for _, private := range want.Private {
		if _, inside := below(source, private); inside || source == private {
			return nil, errPrivate
		}
	}
	stage, point := filepath.Join(u.stage, name), filepath.Join(u.point, name)
	if err := errors.Join(ignoreExisting(os.Mkdir(stage, 0o700)), ignoreExisting(os.Mkdir(point, 0o755))); err != nil {
		return nil, err
	}
	return u.attach(stage, source, point, want)
}

// attach binds a folder to stage, protects it, and moves it to point.
func (u *userDir) attach(stage, source, point string, want UserFolders) (*closedPlaces, error) {
	if err := allowBinding(source); err != nil {
		return nil, err
	}
	if err := unix.Mount(source, stage, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return nil, fmt.Errorf("binding it with what is mounted below it: %w", err)
	}
	closed, err := u.protect(stage, source, want)
	if err == nil {
		err = unix.Mount(stage, point, "", unix.MS_MOVE, "")
	}
	if err != nil {
		_ = unix.Unmount(stage, unix.MNT_DETACH)
		return nil, err
	}
	closed.point = point
	return closed, nil
}

// protect makes the folder that is bound to stage, and all that is mounted below it,
// read-only and private, and covers what sandboxes must not see.
func (u *userDir) protect(stage, source string, want UserFolders) (*closedPlaces, error) {
	if err := unix.Mount("", stage, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return nil, fmt.Errorf("making the mounts below it private: %w", err)
	}
	closed := &closedPlaces{point: stage, trees: u.trees, hidden: want.Hidden,
		seen: map[string]seenFolder{}, places: map[string]bool{}}
	for _, private := range want.Private {
		if rest, inside := below(private, source); inside {
			if err := u.closeMount(closed, rest); err != nil {
				return nil, err
			}
		}
	}
	mounts, err := mountTable()
	if err != nil {
		return nil, err
	}
	for _, m := range mounts {
		rest, inside := below(m.point, stage)
		switch {
		case !inside && m.point != stage, u.trees.isBlank(m), insideOf(rest, closed.places):
			continue
		case kernelKinds[m.kind] && !inside:
			return nil, errKernel
		}
		err := makeReadOnly(m.point, unix.MS_NOEXEC)
		if err == nil && kernelKinds[m.kind] {
			err = u.closeMount(closed, rest)
		}
		if err != nil && !unreachable(m.point) {
			return nil, err
		}
	}
	return closed, closed.refresh()
}

// closeMount closes a place below a folder, whatever its name.
func (u *userDir) closeMount(closed *closedPlaces, place string) error {
	closed.places[place] = true
	if err := u.trees.closePlace(filepath.Join(closed.point, place)); !errors.Is(err, unix.ENOENT) {
		return err
	}
	return nil
}

// remove makes a folder disappear, if it is there: an empty one takes its place. The
// folder stays mounted below that, since a sandbox may have it open, and would find
// nothing closed any more in what is unmounted.
func (u *userDir) remove(name string) {
	point := filepath.Join(u.point, name)
	switch shown := u.folders[name]; {
	case shown == nil:
		_ = os.Remove(point)
	case !shown.away:
		shown.away = u.trees.coverPlace(point) == nil
		if !shown.away {
			_ = unix.Unmount(point, unix.MNT_DETACH)
			delete(u.folders, name)
		}
	}
}

// kernelKinds are file systems that show the machine, or do something when somebody
// looks, and no files of the user.
var kernelKinds = map[string]bool{
	"proc": true, "sysfs": true, "cgroup": true, "cgroup2": true, "devpts": true, "devtmpfs": true,
	"debugfs": true, "tracefs": true, "securityfs": true, "bpf": true, "pstore": true, "efivarfs": true,
	"configfs": true, "mqueue": true, "hugetlbfs": true, "binfmt_misc": true, "fusectl": true,
	"selinuxfs": true, "rpc_pipefs": true, "nsfs": true,
}

var (
	errPrivate = errors.New("it is a folder of this program, which has what sessions keep")
	errKernel  = errors.New("it shows the machine and has no files of yours")
)

// mountsAt returns the numbers of the mounts at a folder and below it, by their paths
// below it. It leaves out those in private folders, where this process mounts
// something all the time.
func mountsAt(mounts []mount, folder string, private []string) map[string]int {
	found := map[string]int{}
	for _, m := range mounts {
		place, inside := below(m.point, folder)
		switch {
		case m.point == folder:
			found["."] = m.id
		case inside && !slices.ContainsFunc(private, func(p string) bool { _, in := below(m.point, p); return in }):
			found[place] = m.id
		}
	}
	return found
}

// explainUnshown says within a sentence why sandboxes do not see a folder.
func explainUnshown(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "it does not exist"
	case errors.Is(err, unix.ENOTDIR):
		return "it is a file and not a folder"
	case errors.Is(err, fs.ErrPermission):
		return "this program may not open it"
	}
	return reason(err)
}

func ignoreExisting(err error) error {
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// A mountWatch reads the table of mounts when it has changed.
type mountWatch struct {
	file *os.File
	last []mount
}

// table returns the mounts, as they are or were when nothing has changed since.
func (w *mountWatch) table() ([]mount, error) {
	if w.file == nil {
		// Not with os.Open: Go's poller would be told of changes, and changed would not.
		fd, err := unix.Open("/proc/self/mountinfo", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, fmt.Errorf("reading the mounts: %w", err)
		}
		w.file = os.NewFile(uintptr(fd), "mountinfo")
	} else if !w.changed() {
		return w.last, nil
	}
	if _, err := w.file.Seek(0, 0); err != nil {
		return nil, err
	}
	mounts, err := parseMounts(w.file)
	if err != nil {
		return nil, err
	}
	w.last = slices.Clip(mounts)
	return mounts, nil
}

// changed reports whether the table has changed since it was last asked; see
// proc_pid_mounts(5).
func (w *mountWatch) changed() bool {
	poll := []unix.PollFd{{Fd: int32(w.file.Fd()), Events: unix.POLLPRI}}
	n, err := unix.Poll(poll, 0)
	return err != nil || n > 0
}
