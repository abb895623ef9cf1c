//go:build unix

package datadir

import "golang.org/x/sys/unix"

// hostDiskOf looks at the file system of a folder.
func hostDiskOf(dir string) HostDisk {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return HostDisk{}
	}
	block := int64(st.Bsize)
	return HostDisk{Free: int64(st.Bavail) * block, Total: int64(st.Blocks) * block}
}
