package snapshot

import (
	"os"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/sessions/local/delta"
)

// heldPrefix begins the name of a file by which a session's folder holds the
// pages of a snapshot.
const heldPrefix = "base-"

// heldPath is the file by which the folder dir holds the snapshot with a checksum.
func heldPath(dir, sum string) string { return filepath.Join(dir, heldPrefix+filepath.Base(sum)) }

// Held returns the files by which the folder dir holds pages of snapshots.
func Held(dir string) []string {
	held, _ := filepath.Glob(filepath.Join(dir, heldPrefix+"*"))
	return held
}

// Hold has the folder dir hold the pages that a state needs which is a delta of
// against: by a link to them, so that they stay as long as the folder does, and no
// others. It returns what the state is to be a delta of: against, or a base
// without pages where there can be no link. A snapshot for all users needs no link:
// it goes with the program, without which nothing can run the state.
func (s *Store) Hold(dir string, against *delta.Base) *delta.Base {
	sum := against.Sum()
	release(dir, sum)
	if sum == "" || s.bases.isOpen(sum, heldPath(dir, sum)) {
		return against // it is held since the last time
	}
	key, err := s.key()
	if err == nil && s.isShared(sum) {
		return against
	}
	if err == nil {
		err = os.Link(filepath.Join(s.cache().Path(key), delta.PagesFile), heldPath(dir, sum))
	}
	if err == nil && s.bases.isOpen(sum, heldPath(dir, sum)) {
		return against
	}
	release(dir, "")
	return delta.NewBase(nil, 0, "")
}

// release removes what the folder dir holds of snapshots other than the one with
// the checksum except.
func release(dir, except string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if sum, ok := strings.CutPrefix(e.Name(), heldPrefix); ok && sum != except {
			_ = os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
