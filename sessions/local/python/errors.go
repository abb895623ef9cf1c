package python

import (
	"errors"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// The reasons for which there is no interpreter. Errors of this package wrap
// one of them and say what to do.
var (
	// ErrNotInstalled: the interpreter is not installed yet, or no longer whole.
	ErrNotInstalled = errors.New("the Python interpreter is not installed")
	// ErrNoNetwork: the package index could not be reached.
	ErrNoNetwork = errors.New("the Python packages could not be downloaded")
	// ErrHashMismatch: the package index sent something else than expected.
	ErrHashMismatch = errors.New("a downloaded Python package is not the one that was expected")
	// ErrNoSpace: the disk of the cache folder is full.
	ErrNoSpace = errors.New("there is no room for the Python packages")
	// ErrUnsupported: the embedded interpreter or its packages do not run here.
	ErrUnsupported = errors.New("the embedded Python interpreter does not run on this system")
	// ErrCache: the cache folder cannot be used.
	ErrCache = cachedir.ErrUnusable
	// ErrInstall: the installation failed for another reason.
	ErrInstall = errors.New("the Python packages could not be installed")
	// ErrForeign: the interpreter that the user named cannot be used.
	ErrForeign = errors.New("this Python interpreter cannot be used")
)
