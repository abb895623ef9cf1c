package hostfs

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// downloads returns the user's folder of downloads, which may be on another drive.
func downloads(home, _ string) string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_Downloads, 0)
	if err != nil && home != "" {
		return filepath.Join(home, "Downloads")
	}
	return dir
}
