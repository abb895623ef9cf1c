package basesystem

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// A Notice is the license of a package of Debian that a base system has.
type Notice struct {
	Name, Version string
	Text          string
}

const (
	notices  = "usr/share/doc"
	packages = "packages" // lists all, in notices
	// maxNotice is the length of a license.
	maxNotice = 1 << 20
)

// Notices returns the licenses of what the base system has that [Use] would return for the
// options, none if there is none, or if it was not unpacked yet. It writes nothing.
func Notices(o Options) ([]Notice, error) {
	root := o.find()
	if root == "" {
		return nil, nil
	}
	dir, err := os.OpenRoot(filepath.Join(root, notices))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	list, err := dir.Open(packages)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	var all []Notice
	for lines := bufio.NewScanner(list); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		text, _ := dir.ReadFile(filepath.Join(fields[0], "copyright")) // one without is named all the same
		all = append(all, Notice{fields[0], fields[1], string(text[:min(len(text), maxNotice)])})
	}
	return all, nil
}

// find returns the folder of the base system that would be used, without looking whether
// it is whole; "" if there is none yet.
func (o Options) find() string {
	if s := o.shared(); s != nil {
		return s.root
	}
	dir, err := cachedir.Locate(o.CacheDir)
	if err != nil {
		return ""
	}
	key, err := installedIn(dir)
	if err != nil {
		return ""
	}
	if file := beside(); key == "" && file != "" {
		if info, err := os.Stat(file); err == nil {
			key = recorded(dir, file, info)
		}
	}
	if key == "" {
		return ""
	}
	return filepath.Join(dir, key, rootFolder)
}
