package basesystem

import (
	"path"
	"path/filepath"
	"strings"
)

// LoaderOnHost returns the command before a program that is for glibc, with which it runs
// on the host itself: that which loads programs, and where libraries are. The program has
// the host's files; only its libraries are those of the system. It is nil where the host
// needs none.
func (s *System) LoaderOnHost() ([]string, error) {
	if s == nil || checkParts("/") == nil {
		return nil, nil
	}
	m := thisMachine()
	loader, err := resolve(s.root, m.loader)
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, folder := range []string{"/usr/lib/" + m.triplet, "/lib/" + m.triplet, "/usr/lib"} {
		if file, err := resolve(s.root, path.Join(folder, "libc.so.6")); err == nil {
			folders = append(folders, filepath.Dir(file))
		}
	}
	return []string{loader, "--inhibit-cache", "--library-path", strings.Join(folders, ":")}, nil
}
