//go:build !unix

package local

import "io/fs"

// diskBytes returns the room that a file takes on the disk.
func diskBytes(info fs.FileInfo) int64 { return info.Size() }
