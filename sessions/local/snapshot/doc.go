// Package snapshot keeps the snapshots that interpreters are restored from, and
// what sleeping interpreters need of them.
//
// A snapshot is the state of an interpreter that has imported what it imports and
// has run nothing. To restore an interpreter from it takes a fraction of the time
// that the imports do. It is an item of a store in the cache folder, see package
// cachestore:
//
//	<cache>/snapshots/<key>/            one snapshot
//	  checkpoint.img, pages.img, …      what the sandbox wrote
//	  sums.json                         their checksums, written last
//	<cache>/snapshots/<key>.use         locked by the servers that use it
//	<cache>/snapshots/making-<digits>/  one that is being made
//	<cache>/snapshots/lock              locked by the server that makes one
//
// A snapshot is replaced only if its checksums say that it is damaged.
//
// A state of a sleeping interpreter is a delta of a snapshot, see package delta,
// and needs pages of exactly that one. What becomes of the snapshot does not
// matter to it: a [Store] keeps the file open as long as the server runs, and a
// named session, which outlives the server, has a link to it in its folder.
package snapshot
