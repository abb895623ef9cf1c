package python

import (
	"path"
	"path/filepath"
)

// Where the embedded interpreter and its packages are bound in a sandbox. The folders
// must be siblings, because the interpreter finds the packages by a relative path.
const (
	homeMount         = "/opt/python"
	sitePackagesMount = "/opt/site-packages"
	addedMount        = "/opt/packages"
)

// An Interpreter is a Python that sessions can run on. It does not change; its
// fields may be read concurrently.
type Interpreter struct {
	// Version is Python's, such as "3.14.6".
	Version string

	// Executable is the interpreter's path on the host.
	Executable string

	// Home is the folder on the host that the interpreter belongs to.
	Home string

	// SitePackages is the host folder with the packages of the embedded
	// interpreter, "" for a foreign one.
	SitePackages string

	// Added is the host folder with the packages that [Options.Requirements] added, ""
	// if there are none. Sessions are told to look there first.
	Added string

	// Binds are the folders that a foreign interpreter consists of. They keep
	// their paths in a sandbox. They do not include what is in /usr, /lib, /lib64,
	// /bin and /sbin, which every sandbox has, so there may be none.
	Binds []string

	// MatplotlibConfig is a host folder with matplotlib's font cache, or "".
	// Matplotlib writes to its folder: before it is imported, copy the content of
	// this folder to one that MPLCONFIGDIR names. The cache has matplotlib's own
	// fonts, by paths relative to its data, and those in /usr, so it is valid on
	// the host and in a sandbox.
	MatplotlibConfig string

	// Key names this interpreter and the packages it has. It changes when
	// either does.
	Key string

	release func() error
}

// A Mount is a folder of the host that a sandbox needs, read-only.
type Mount struct {
	Source string // on the host
	Target string // in the sandbox
}

// Mounts returns the folders that SandboxExecutable needs in a sandbox, besides
// /usr, /lib, /lib64, /bin and /sbin.
func (i *Interpreter) Mounts() []Mount {
	if i.SitePackages != "" {
		mounts := []Mount{{i.Home, homeMount}, {i.SitePackages, sitePackagesMount}}
		if i.Added != "" {
			mounts = append(mounts, Mount{i.Added, addedMount})
		}
		return mounts
	}
	var mounts []Mount
	for _, dir := range i.Binds {
		mounts = append(mounts, Mount{dir, dir})
	}
	return mounts
}

// SandboxExecutable returns the interpreter's path in a sandbox that has Mounts.
func (i *Interpreter) SandboxExecutable() string {
	if i.SitePackages == "" {
		return i.Executable
	}
	return path.Join(homeMount, "bin", filepath.Base(i.Executable))
}

// Sites are the folders that the kernel has to be told of, in a sandbox that has Mounts,
// or else on the host.
func (i *Interpreter) Sites(sandboxed bool) []string {
	switch {
	case i.Added == "":
		return nil
	case sandboxed:
		return []string{addedMount}
	}
	return []string{i.Added}
}

// Close ends the use of the interpreter. Another process may then remove it. Call it
// once, when no session uses the interpreter any more.
func (i *Interpreter) Close() error {
	if i.release == nil {
		return nil
	}
	return i.release()
}
