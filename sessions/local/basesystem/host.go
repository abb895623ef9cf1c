package basesystem

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// errHost says that there is no base system, and that the host's own does not do.
var errHost = errors.New("this system cannot run the interpreter")

// CheckHost reports whether the host's own system can run the embedded interpreter, which
// then needs no base system. The error says what is missing and what
// to do: with sandboxes, a base system does.
func CheckHost(sandboxed bool) error {
	err := checkParts("/")
	if err == nil && sandboxed {
		err = checkShell("/")
	}
	switch {
	case err == nil:
		return nil
	case !sandboxed:
		return fmt.Errorf("%w: it has %w; leave out --isolation=none, since sandboxes can bring a system of their own (%s), "+
			"or use --python PATH with an interpreter of this system that has IPython", errHost, err, FileName())
	}
	return fmt.Errorf("%w: it has %w; take %s from the release of this version and put it beside the program, or run: "+
		"dynamic-sessions-mcp setup --base-system FILE", errHost, err, FileName())
}

// hostLibraries identifies the host's libraries that a program in a sandbox has loaded when the
// host's own system is used. It changes when one of them is replaced.
func hostLibraries() string {
	m := thisMachine()
	var key string
	for _, name := range []string{filepath.Base(m.loader), "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "libutil.so.1", "librt.so.1", "libgcc_s.so.1", "libstdc++.so.6"} {
		for _, folder := range m.libraryFolders() {
			if info, err := os.Stat(filepath.Join(folder, name)); err == nil {
				key += fmt.Sprintf("%s %d %d\n", name, info.Size(), info.ModTime().UnixNano())
				break
			}
		}
	}
	return key
}
