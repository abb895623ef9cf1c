//go:build !unix

package interpreter

import "io/fs"

// diskBytes returns the bytes that a file takes on the disk.
func diskBytes(info fs.FileInfo) int64 { return info.Size() }

// linkCount returns how many names a file has.
func linkCount(fs.FileInfo) int64 { return 1 }
