// Package cachestore keeps in the cache folder what takes long to make and can be
// made again: installations of Python, builds of the sandbox's runtime, and
// snapshots of interpreters.
//
// Each of these is a [Store]. An item in a store is a folder. Its name is a key
// that changes with everything that the item depends on, so an item never
// changes: it is whole, or it is not there.
//
//	<dir>/<key>/                   an item
//	<dir>/<key>.use                its use lock; the file's time is the last use
//	<dir>/<lock>                   the store's lock
//	<dir>/<prefix><digits>/        a build
//	    .dynamic-sessions-mcp      marks the folder as the program's
//	    tree/                      what becomes the item
//	    scratch/                   temporary files
//	    old/                       an item on its way out
//
// # The rule of locks
//
// It is the same for all stores, and holds between processes as between
// goroutines:
//
//   - To use an item, hold its use lock, shared.
//   - To build, replace or remove an item, hold the store's lock, exclusively. A
//     build that lies there at that time was left by a process that died, and is
//     removed.
//   - To remove an item, hold its use lock too, exclusively: an item in use stays.
//     Replacing a damaged item does not need it. Its users keep what they have
//     open.
//   - Take the store's lock before a use lock, and never the other way round.
//   - The file of the store's lock stays for ever. The file of a use lock goes
//     with its item, removed by the process that holds it exclusively. Therefore
//     whoever has taken a use lock looks whether the file still has its name, and
//     takes the new one if it does not.
//
// Locks end with the process that holds them, however it ends.
//
// # What is not in a store
//
// Package cachedir decides which folder is the program's, whom to trust there,
// and whether a folder is of a kind that may be removed. This package decides
// when an item is made and when it goes.
//
// Named sessions and the folders of running servers are no items, as nobody can
// make them again. Such a folder has one owner, whose lock lies in the folder and
// is removed with it. Certificates are no items either: they are renewed in
// place, under the names that clients were told, and go when they expire.
package cachestore
