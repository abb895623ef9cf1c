package python

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// foreignBinds returns the folders of the host that a sandbox needs for the
// interpreter d, without those that every sandbox has and without folders in others
// of them.
func foreignBinds(d description) ([]string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	for _, prefix := range d.Prefixes {
		if !systemFolder(prefix) && tooWide(prefix, home) {
			return nil, fmt.Errorf("%w: its folder is %s, and sessions would see everything in there; "+
				"make the environment in a folder of its own: python3 -m venv %s", errForeign, prefix, filepath.Join(prefix, "sessions-venv"))
		}
	}
	dirs := slices.Concat(d.Prefixes, d.Folders, linkFolders(d.Executable))
	return outermost(dirs, home), nil
}

// tooWide reports whether a folder holds the whole system or all files of a user.
func tooWide(dir, home string) bool {
	dir = filepath.Clean(dir)
	return dir == filepath.Dir(dir) || home != "" && within(home, dir) ||
		slices.Contains([]string{"/home", "/root", "/var", "/etc", "/tmp", "/opt", "/mnt", "/srv"}, dir)
}

// linkFolders returns the folders that a chain of links to an executable goes
// through: venv/bin/python may lead to another's bin/python3, and that to a
// third's.
func linkFolders(executable string) []string {
	const most = 40 // as many links as Linux follows
	var dirs []string
	for range most {
		dirs = append(dirs, filepath.Dir(executable))
		target, err := os.Readlink(executable)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(executable), target)
		}
		executable = target
	}
	return dirs
}

// outermost cleans and sorts dirs. It omits folders that do not exist, that every
// sandbox has, that are too wide, or that are in another one.
func outermost(dirs []string, home string) []string {
	var kept []string
	for _, dir := range dirs {
		dir = filepath.Clean(dir)
		if _, err := os.Stat(dir); err == nil && filepath.IsAbs(dir) && !systemFolder(dir) && !tooWide(dir, home) {
			kept = append(kept, dir)
		}
	}
	slices.Sort(kept)
	kept = slices.Compact(kept)
	return slices.DeleteFunc(slices.Clone(kept), func(dir string) bool {
		return slices.ContainsFunc(kept, func(other string) bool { return other != dir && within(dir, other) })
	})
}

// systemFolder reports whether every sandbox has a folder.
func systemFolder(dir string) bool {
	return !within(dir, "/usr/local") &&
		slices.ContainsFunc([]string{"/usr", "/lib", "/lib64", "/bin", "/sbin"}, func(system string) bool {
			return within(dir, system)
		})
}

// within reports whether path is dir or below it. Both are clean.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}
