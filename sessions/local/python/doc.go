// Package python provides the Python interpreter that sessions run on.
//
// [Install] gives the interpreter that is part of this program, CPython with
// IPython and a stack for data analysis. The interpreter itself is embedded.
// Its packages come from the Python package index, each checked against a hash
// that is embedded too, once per user and version:
//
//	<cache>/
//	  python-3.14.6-linux-amd64-<hash>/   one complete installation
//	    interpreter/                      bound at homeMount
//	    site-packages/                    bound at sitePackagesMount
//	    matplotlib/                       the font cache, to be copied: see Interpreter
//	    .complete                         written last; says what must be there
//	  python-….use                        locked, shared, by each process that uses it
//	  install.lock                        locked, exclusively, by the one that installs
//	  install-<random>/                   an installation under way
//	  downloads/                          pip's cache while an installation is unfinished
//
// An installation is built in a folder of its own and renamed when it is whole,
// so there is none that is half done. One that lost files since is noticed by
// the next start and made again. Installations that other versions of the
// program left are removed once nobody uses them and nobody has for a week.
//
// An installation works from any folder: in a sandbox it is found under
// [homeMount] and [sitePackagesMount], on the host where it lies. No variable of
// the environment is needed for that, as the interpreter finds its packages
// next to itself. Everything is compiled, so nothing is ever written to it.
//
// [Foreign] gives an interpreter of the user's instead.
//
// The embedded interpreter is for Linux on amd64 and arm64, with glibc 2.28 or
// newer. Elsewhere Install returns an error that says so, and Foreign works.
//
// The versions of the packages are locked in requirements.txt. To renew it from
// requirements.in:
//
//	go test ./sessions/local/python -run TestLock -update
package python
