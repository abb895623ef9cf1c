//go:build !unix

package local

// hostDiskOf looks at the file system of a folder, which cannot be done here.
func hostDiskOf(string) hostDisk { return hostDisk{} }
