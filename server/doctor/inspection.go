package doctor

import (
	"context"
	"io/fs"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions"
)

// inspection is code for [backend.Inspect] that says what a session has.
const inspection = `
import importlib.metadata, json, platform, socket, sys
def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
def _network():
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.connect(("192.0.2.1", 9))
        return True
    except OSError:
        return False
print(json.dumps({
    "python": platform.python_version(),
    "home": sys.prefix,
    "network": _network(),
    "packages": {n: _version(n) for n in ("ipython", "numpy", "pandas", "matplotlib", "scipy", "scikit-learn", "openpyxl")},
}))
`

// inspected is what the inspection finds.
type inspected struct {
	Python   string
	Home     string
	Network  bool
	Packages map[string]string
}

// inspect runs the inspection in a session of its own.
func inspect(ctx context.Context, pool sessions.Pool) (found inspected, err error) {
	err = backend.Inspect(ctx, pool, inspection, &found)
	return found, err
}

// missing returns the packages that were looked for and not found.
func (i inspected) missing() []string {
	var names []string
	for _, name := range packageOrder {
		if i.Packages[name] == "" {
			names = append(names, name)
		}
	}
	return names
}

var packageOrder = [...]string{"ipython", "numpy", "pandas", "matplotlib", "scipy", "scikit-learn", "openpyxl"}

// list names the packages that were found, with their versions.
func (i inspected) list() string {
	var found []string
	for _, name := range packageOrder {
		if v := i.Packages[name]; v != "" {
			found = append(found, name+" "+v)
		}
	}
	return strings.Join(found, ", ")
}

// sizeOf adds up the files below dir, in bytes.
func sizeOf(dir string) int64 {
	var total int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // files that vanished or cannot be read do not count
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}
