package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/runsc/specutils"

	"dynamic-sessions-mcp/sessions/local/sandbox/gofer"
	"dynamic-sessions-mcp/sessions/userfolders"
)

// served shows sandboxes the host's files without mounts: each sandbox has a gofer of ours,
// which serves each folder from where it lies.
type served struct {
	dir    string
	system system
	level  Level
	thread *thread // that starts processes, which end with it

	mu      sync.Mutex             // held while folders are shown
	granted map[string]fs.FileInfo // what gofers may read of the user's folders, nil for one that was not there
}

// openServed makes what the sandboxes of the runtime in dir share: the root, which is on
// the disk here.
func openServed(dir string, from system, level Level) (*served, error) {
	if err := makeRootfs(rootfsDir(dir), from); err != nil {
		return nil, fmt.Errorf("making the root of the sandboxes: %w", err)
	}
	return &served{dir: dir, system: from, level: level, thread: newThread(), granted: map[string]fs.FileInfo{}}, nil
}

// open has nothing to prepare.
func (s *served) open([]tree, *tree) error { return nil }

// close has nothing to give back.
func (s *served) close(*tree) {}

// contain makes a container that has no namespaces.
func (s *served) contain(c *contained, spec *specs.Spec, streams []*os.File) error {
	s.grant(c.user)
	config, err := s.config(c, spec)
	if err != nil {
		return err
	}
	made, err := s.startBare(c, spec, config, streams)
	if err != nil {
		return err
	}
	c.gvisor, c.sentry, c.gofer = made, made.Sandbox, made.gofer.Process.Pid
	return nil
}

// config says what the gofer of a container serves: the root, and the binds in their
// order.
func (s *served) config(c *contained, spec *specs.Spec) (gofer.Config, error) {
	blank, err := filepath.EvalSymlinks(blankDir(s.dir))
	if err != nil {
		return gofer.Config{}, err
	}
	config := gofer.Config{
		EmptyFolder:  filepath.Join(blank, blankFolder),
		EmptyFile:    filepath.Join(blank, blankFile),
		ClosedFolder: filepath.Join(blank, closedFolder),
		ClosedFile:   filepath.Join(blank, closedFile),
	}
	root, err := filepath.EvalSymlinks(spec.Root.Path)
	if err != nil {
		return config, err
	}
	mounts, err := mountTable()
	if err != nil {
		return config, err
	}
	links, err := linksOf(root, s.system)
	if err != nil {
		return config, err
	}
	config.Mounts = append(config.Mounts, gofer.Mount{Source: root, Links: links})
	for _, m := range spec.Mounts {
		if !specutils.IsGoferMount(m) {
			continue
		}
		source, err := filepath.EvalSymlinks(c.sourceOf(m.Source))
		if err != nil {
			return config, err
		}
		one := gofer.Mount{Source: source, Writable: !specutils.IsReadonlyMount(m.Options)}
		if m.Destination == userfolders.Dir {
			one.Folders = foldersOf(c.user)
		} else {
			one.Covered = toCover(mounts, source, source, func(mount) bool { return false })
		}
		config.Mounts = append(config.Mounts, one)
	}
	return config, nil
}

// sourceOf returns the folder of the host that a mount of the specification shows, which
// names the point of its tree.
func (c *contained) sourceOf(point string) string {
	if c.data != nil && c.data.Point == point {
		return c.data.Source
	}
	for _, t := range c.trees {
		if t.Point == point {
			return t.Source
		}
	}
	return point
}

func foldersOf(user UserFolders) *gofer.Folders {
	f := &gofer.Folders{Sources: map[string]string{}, Hidden: user.Hidden, Private: user.Private}
	for _, folder := range user.Folders {
		f.Sources[folder.Name] = folder.Host
		if real, err := filepath.EvalSymlinks(folder.Host); err == nil {
			f.Sources[folder.Name] = real
		}
	}
	return f
}

// grant records which folders of the user a gofer that starts now may read.
func (s *served) grant(user UserFolders) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range user.Folders {
		if _, known := s.granted[f.Name]; !known {
			s.granted[f.Name], _ = os.Stat(f.Host) // nil if it is not there
		}
	}
}

// show makes an empty folder for each of the user's that sandboxes see; their gofers do
// the rest.
func (s *served) show(want UserFolders) []Unshown {
	s.mu.Lock()
	defer s.mu.Unlock()
	var unshown []Unshown
	for _, f := range want.Folders {
		if err := s.showOne(f, want); err != nil {
			unshown = append(unshown, Unshown{Host: f.Host, Why: explainUnshown(err)})
		}
	}
	return unshown
}

func (s *served) showOne(f userfolders.Folder, want UserFolders) error {
	source, err := filepath.EvalSymlinks(f.Host)
	if err != nil {
		return err
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return unix.ENOTDIR
	}
	if err := unix.Access(source, unix.R_OK|unix.X_OK); err != nil {
		return err
	}
	for _, private := range want.Private {
		if _, inside := below(source, private); inside || source == private {
			return errPrivate
		}
	}
	mounts, err := mountTable()
	if err != nil {
		return err
	}
	if kernelKinds[kindAt(mounts, source)] {
		return errKernel
	}
	if err := ignoreExisting(os.Mkdir(filepath.Join(userPoint(s.dir), f.Name), 0o755)); err != nil {
		return err
	}
	if was, known := s.granted[f.Name]; known && (was == nil || !os.SameFile(was, info)) {
		s.granted[f.Name] = info
		return errLate
	}
	return nil
}

// errLate is told once: what a running gofer may read was decided when it started.
var errLate = errors.New("it was made, or has replaced another, after sessions had started; those that start from now on see it, and those that run do not")

// kindAt returns the kind of the file system that a path is in.
func kindAt(mounts []mount, path string) (kind string) {
	longest := -1
	for _, m := range mounts {
		if _, inside := below(path, m.point); (inside || path == m.point) && len(m.point) >= longest {
			kind, longest = m.kind, len(m.point)
		}
	}
	return kind
}
