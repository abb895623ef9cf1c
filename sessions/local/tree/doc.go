// Package tree walks folders whose contents somebody hostile changes meanwhile.
//
// Every step is relative to an open folder and follows no link, so that no step
// leads out of where it began and none takes longer because the folder is deep.
// A folder keeps one descriptor as long as it is open: the caller bounds how deep it
// goes.
package tree

import "time"

// An Info describes an entry of a folder. For a link it describes the link, not what
// it leads to.
type Info struct {
	Size     int64
	Blocks   int64 // bytes that it takes on the disk: for a file with holes less than Size
	Modified time.Time
	Changed  time.Time // when anything about it last changed; a program cannot set it
	Dir      bool
	Regular  bool
	Links    uint64 // names that it has
	ID       ID     // zero where files have none
}

// An ID tells files apart.
type ID struct{ Device, Inode uint64 }
