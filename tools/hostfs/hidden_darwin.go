package hostfs

import (
	"io/fs"
	"syscall"
)

const hidesByAttribute = true

// hasHiddenAttribute reports what chflags has hidden, such as ~/Library.
func hasHiddenAttribute(info fs.FileInfo) bool {
	const hidden = 0x8000 // UF_HIDDEN
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Flags&hidden != 0
}
