// Package cachedir owns the program's folder on the disk: which one it is, who
// else may write to it, and what in it may be removed.
//
// Everything that outlives a process is in one folder that is the program's
// alone. It has a marker, belongs to the user, and nobody else may write to it
// or move it away:
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
//
// A folder that the user names and that has other things in it stays theirs:
// the program then takes a folder of its own inside. In the program's own folder,
// too, a folder is only removed if it is of a [Kind]: name, owner and a file
// that the program puts into such a folder all fit. No link is followed.
package cachedir
