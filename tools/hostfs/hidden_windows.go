package hostfs

import (
	"io/fs"
	"syscall"
)

const hidesByAttribute = true

func hasHiddenAttribute(info fs.FileInfo) bool {
	const system = 0x4 // FILE_ATTRIBUTE_SYSTEM
	data, ok := info.Sys().(*syscall.Win32FileAttributeData)
	return ok && data.FileAttributes&(syscall.FILE_ATTRIBUTE_HIDDEN|system) != 0
}
