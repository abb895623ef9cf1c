//go:build !unix

package datadir

// hostDiskOf looks at the file system of a folder, which cannot be done here.
func hostDiskOf(string) HostDisk { return HostDisk{} }
