package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// inspection is code that says what a session has. It prints one JSON object.
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
	id := sessions.NewID()
	defer func() { err = errors.Join(err, pool.Stop(context.WithoutCancel(ctx), id)) }()
	e, err := pool.Execute(ctx, id, sessions.Request{Code: inspection})
	if err != nil {
		return found, err
	}
	if e.Status != sessions.Succeeded {
		return found, fmt.Errorf("a trial run ended as %q: %s", e.Status, traceback(e))
	}
	if err := json.Unmarshal([]byte(e.Stdout), &found); err != nil {
		return found, fmt.Errorf("a trial run printed what it should not: %w", err)
	}
	return found, nil
}

func traceback(e *sessions.Execution) string {
	if e.Error != nil {
		return e.Error.Traceback
	}
	return e.Stderr
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

// cacheDir is where the interpreter and its packages are kept.
func cacheDir(c config.Pool) (string, error) {
	return cachedir.Locate(c.CacheDir)
}

// sizeOf adds up the files below dir.
func sizeOf(dir string) config.Bytes {
	var total int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what vanished or cannot be read does not count
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return config.Bytes(total)
}
