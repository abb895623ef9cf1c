// Package cachedir owns the program's cache folder: it decides which folder that
// is, checks that no other user can change it, and says which folders in it may be
// removed. Package cachestore decides when.
//
// Everything that outlives a process is in one folder, which is the program's
// alone. It has a marker, belongs to the user, and nobody else may write to it or
// move it:
//
//	<cache>/.dynamic-sessions-mcp     the marker
//	<cache>/python-<version>-…        installations of Python
//	<cache>/install-<digits>          one that is being made
//	<cache>/downloads                 what pip has downloaded for it
//	<cache>/engine-<hash>             builds of the sandbox's runtime
//	<cache>/engine-new-<digits>       one that is being made
//	<cache>/*.lock, *.use             locks, see package cachestore
//	<cache>/snapshots, kept, run      snapshots, named sessions, folders of servers
//	<cache>/certificate               the certificates of --tls-self-signed
//	<cache>/wsl                       the distribution of --engine=wsl
//
// If the user names a folder that has other things in it, the program creates a
// folder of its own inside. Even there the program only removes folders of a known
// [Kind]: the name, the owner, and a file that the program puts into such folders
// must all match. Links are not followed.
package cachedir
