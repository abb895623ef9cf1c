package hostfs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"dynamic-sessions-mcp/tools/prose"
)

// outName is what the folder of results is called where the user has named none.
const outName = "python-output"

// DefaultOut returns where files that code makes are saved for a user who has named no
// folder: in the first of the folders at dirs that is there, else in the folder of
// downloads, else in the home folder. It is "" if the user has none of them. home may
// be "", and configHome is where the user keeps settings, as XDG has it.
func DefaultOut(dirs []string, home, configHome string) string {
	for _, dir := range append(slices.Clone(dirs), downloads(home, configHome), home) {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			return filepath.Join(dir, outName)
		}
	}
	return ""
}

// CheckOut returns the real path of the folder that the user has named for results,
// which need not be there if the folder that it is in is. home is the user's home
// folder, and private the folder in which this program keeps what sessions have; both
// may be "".
func CheckOut(dir, home, private string) (string, error) {
	refuse := func(format string, args ...any) (string, error) {
		return "", fmt.Errorf("the folder %s of --out %s", prose.Name(dir), fmt.Sprintf(format, args...))
	}
	if onWindows {
		if why := cmp.Or(strayPath(dir), elsewhere(filepath.Base(dir))); why != "" {
			return refuse("cannot be made: %s; name another folder", why)
		}
	}
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) {
		parent, err := filepath.EvalSymlinks(filepath.Dir(dir))
		if err != nil {
			return refuse("cannot be made: %s does not exist; create that, or name a folder in one that exists", prose.Name(filepath.Dir(dir)))
		}
		real = filepath.Join(parent, filepath.Base(dir))
		if _, err := os.Lstat(real); err == nil {
			return refuse("is a link to nothing; remove it, or name another folder")
		}
		if info, err := os.Stat(parent); err != nil || !info.IsDir() {
			return refuse("cannot be made: %s is a file; name a folder in a folder", prose.Name(filepath.Dir(dir)))
		}
	} else if err != nil {
		return refuse("cannot be used: %s; name another folder", prose.Line(err.Error(), 200))
	} else if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return refuse("is a file; name a folder, which need not exist yet")
	}
	switch private = realPath(private); {
	case filepath.Dir(real) == real:
		return refuse("is a whole disk; name a folder for results in it")
	case home != "" && real == realPath(home):
		return refuse("is your home folder, where results would lie among everything else; name a folder in it, such as %s", prose.Name(filepath.Join(home, outName)))
	case private != "" && holds(private, real):
		return refuse("belongs to this program, which removes there what it no longer needs; name a folder of your own")
	}
	return real, nil
}
