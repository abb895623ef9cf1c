// Package python provides the Python interpreter that sessions run on.
//
// [Install] returns the interpreter that is part of this program: CPython with
// IPython and packages for data analysis. The interpreter itself is embedded. Its
// packages are downloaded from the Python package index, once per user and version,
// and each is checked against an embedded hash. An installation is an item of a
// store, see package cachestore:
//
//	<cache>/
//	  python-3.14.6-linux-amd64-<hash>/   one complete installation
//	    interpreter/                      bound at homeMount; pip is in its lib/pip
//	    site-packages/                    bound at sitePackagesMount
//	    matplotlib/                       the font cache, to be copied: see Interpreter
//	    .complete                         written last; says what must be there
//	  python-….use                        its use lock
//	  packages-<hash>/                    packages of a file of the user's, bound at addedMount
//	  install.lock                        the store's lock
//	  install-<digits>/                   an installation under way
//	  downloads/                          pip's cache while an installation is unfinished
//
// If an installation has lost files, the next start notices and installs it again.
// Installations of other versions of the program are removed when nobody has used
// them for a week.
//
// An installation works from any path: in a sandbox under [homeMount] and
// [sitePackagesMount], on the host in the cache folder. It needs no environment
// variables, because the interpreter finds its packages by a relative path. All
// modules are compiled, so nothing is ever written to an installation.
//
// [Foreign] returns an interpreter that the user provides.
//
// The embedded interpreter runs on Linux on amd64 and arm64, with glibc 2.28 or
// newer. Elsewhere Install returns an error that says so, and Foreign works.
//
// The versions of the packages are locked in requirements.txt. To renew it from
// requirements.in:
//
//	go test ./sessions/local/python -run TestLock -update
package python
