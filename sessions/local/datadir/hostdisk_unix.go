//go:build unix

package local

import "golang.org/x/sys/unix"

// hostDiskOf looks at the file system of a folder.
func hostDiskOf(dir string) hostDisk {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return hostDisk{}
	}
	block := int64(st.Bsize)
	return hostDisk{free: int64(st.Bavail) * block, total: int64(st.Blocks) * block}
}
