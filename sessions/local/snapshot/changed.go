package snapshot

import (
	"io/fs"
	"maps"
	"os"
	"time"
)

// fileTimes says when the files of a snapshot were last changed, by their names, and
// how large they are.
type fileTimes map[string]fileTime

type fileTime struct {
	size    int64
	changed time.Time
}

// timesOf looks at the files in a folder. Those that cannot be looked at are left out.
func timesOf(dir string) fileTimes {
	times := fileTimes{}
	_ = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			times[name] = fileTime{info.Size(), info.ModTime()}
		}
		return nil
	})
	return times
}

// Unchanged reports whether the files of the current snapshot are those that Open has
// checked, by their sizes and times. If not, DropIfDamaged tells whether it is damaged.
func (s *Store) Unchanged() bool {
	dir := s.currentDir()
	s.mu.Lock()
	files := s.files
	s.mu.Unlock()
	return dir != "" && maps.Equal(files, timesOf(dir))
}
