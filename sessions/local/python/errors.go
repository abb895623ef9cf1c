package python

import (
	"errors"
	"fmt"
)

// The reasons for which there is no interpreter. Errors of this package wrap one
// of them, or [cachedir.ErrUnusable], and say what to do.
var (
	// errNotInstalled: the interpreter is not installed yet, or no longer whole.
	errNotInstalled = errors.New("the Python interpreter is not installed")
	// errNoNetwork: the package index could not be reached.
	errNoNetwork = errors.New("the Python packages could not be downloaded")
	// errHashMismatch: the package index sent a package with another hash.
	errHashMismatch = errors.New("a downloaded Python package is not the expected one")
	// errNoSpace: the disk of the cache folder is full.
	errNoSpace = errors.New("there is not enough disk space for the Python packages")
	// errUnsupported: the embedded interpreter or its packages do not run here.
	errUnsupported = errors.New("the embedded Python interpreter does not run on this system")
	// errInstall: the installation failed for another reason.
	errInstall = errors.New("the Python packages could not be installed")
	// errRequirements: the file of --packages cannot be used.
	errRequirements = errors.New("the packages of --packages cannot be installed")
	// errForeign: the interpreter that the user named cannot be used.
	errForeign = errors.New("this Python interpreter cannot be used")
)

func notInstalledIn(dir string) error {
	return fmt.Errorf("%w in %s; run: dynamic-sessions-mcp setup", errNotInstalled, dir)
}
