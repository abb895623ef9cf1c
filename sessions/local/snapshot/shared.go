package snapshot

import (
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

// sharedPath returns where the snapshot named key is that is for all users, or would
// be; "" if nothing is installed for them.
func (s *Store) sharedPath(key string) string {
	dir, err := cachedir.Shared(s.opts.SystemDir)
	if err != nil {
		return ""
	}
	return filepath.Join(dir, folder, key)
}

// shared returns the folder of the snapshot named key that is for all users, if there
// is one that is whole. Nobody removes it while the program is installed that it fits.
func (s *Store) shared(key string) (dir string, files fileTimes, ok bool) {
	dir = s.sharedPath(key)
	if dir == "" {
		return "", nil, false
	}
	files = timesOf(dir)
	at := cachestore.Store{Dir: filepath.Dir(dir), Items: snapshots()}
	return dir, files, at.Verify(key) == nil
}

// isShared reports whether the current snapshot is one for all users, and has the
// checksum sum.
func (s *Store) isShared(sum string) bool {
	dir := s.currentDir()
	if dir == "" || !s.Shared(dir) {
		return false
	}
	current, err := sumOf(dir)
	return err == nil && current == sum
}
