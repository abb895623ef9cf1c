package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A system is what the root of the sandboxes is made of: the folder of a base system, or
// "" for the host's own. Nothing of the host is seen if it is a base system, but its time
// zone.
type system string

// path returns where a folder or a file of the system is on the host.
func (s system) path(name string) string { return filepath.Join("/", string(s), name) }

// link returns where a folder of the system leads if it is a link into /usr, as /bin is
// on most. The root has the same links.
func (s system) link(dir string) (target string, ok bool) {
	target, err := os.Readlink(s.path(dir))
	return target, err == nil && strings.HasPrefix(strings.TrimPrefix(target, "/"), "usr/")
}

// binds returns the binds of the system but for those folders that are links. /usr/local
// belongs to the administrator and not to the system, and stays empty.
func (s system) binds(rootfs string) []Bind {
	var binds []Bind
	for _, dir := range systemDirs {
		if _, ok := s.link(dir); ok {
			continue
		}
		if _, err := os.Stat(s.path(dir)); err != nil {
			continue
		}
		binds = append(binds, Bind{Host: s.path(dir), Guest: dir})
	}
	if _, err := os.Stat(s.path(localDir)); err == nil {
		binds = append(binds, Bind{Host: filepath.Join(rootfs, emptyDir), Guest: localDir})
	}
	return binds
}

// hostTime are the files of /etc that say in which time zone the host is.
var hostTime = []string{"localtime", "timezone"}

// copyEtc copies what sandboxes see of /etc beside [ownFiles] and [linkFolders]: all that a
// base system has, or a few files of the host.
func (s system) copyEtc(to string) error {
	files := etcFiles
	if s != "" {
		left := slices.Concat(hostTime, linkFolders)
		for name := range ownFiles {
			left = append(left, filepath.Base(name))
		}
		if err := copyFolder(s.path("/etc"), to, left); err != nil {
			return err
		}
		files = hostTime
	}
	for _, name := range files {
		if err := copyReadable(filepath.Join("/etc", name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}

// copyFolder copies the files, folders and links of a base system as they are, but for
// those that are left out.
func copyFolder(from, to string, left []string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return ignoreMissing(err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		switch {
		case slices.Contains(left, e.Name()):
		case e.IsDir():
			err = copyFolder(source, target, nil)
		case e.Type().IsRegular():
			err = copyFile(source, target)
		case e.Type()&os.ModeSymlink != 0:
			err = copyLink(source, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyLink copies a symbolic link as it is.
func copyLink(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	return ignoreExisting(os.Symlink(target, to))
}
