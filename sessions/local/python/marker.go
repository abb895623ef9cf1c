package python

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"dynamic-sessions-mcp/sessions/local/cachestore"
)

const markerName = ".complete"

// A marker is the content of the file that makes a folder an installation. It
// describes the folder as it was when the installation was finished.
type marker struct {
	Key     string               `json:"key"`
	Folders map[string]fileCount `json:"folders"`
}

// A fileCount describes a folder well enough to detect missing files and truncated
// libraries. To count a whole installation takes about ten milliseconds.
type fileCount struct {
	Files        int   `json:"files"`         // all but compiled modules, which nothing depends on
	LibraryBytes int64 `json:"library_bytes"` // of programs and shared libraries
}

func (c fileCount) plus(d fileCount) fileCount {
	return fileCount{c.Files + d.Files, c.LibraryBytes + d.LibraryBytes}
}

// writeMarker makes the folder dir the installation named key.
func writeMarker(dir, key string) error {
	return writeFolders(dir, key, installedFolders())
}

// writeFolders makes the folder dir the item named key, which consists of some folders.
func writeFolders(dir, key string, names []string) error {
	folders, err := count(dir, names)
	if err != nil {
		return err
	}
	text, err := json.Marshal(marker{key, folders})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, markerName), text, 0o644)
}

// checkMarker returns nil if dir is the installation named key and is whole, an
// error that wraps [fs.ErrNotExist] if there is none, and one that wraps
// [cachestore.ErrDamaged] if it is not whole.
func checkMarker(dir, key string) error { return checkFolders(dir, key, installedFolders()) }

// checkFolders does so for an item that consists of some folders.
func checkFolders(dir, key string, names []string) error {
	text, err := os.ReadFile(filepath.Join(dir, markerName))
	if err != nil {
		return err
	}
	var want marker
	if err := json.Unmarshal(text, &want); err != nil {
		return fmt.Errorf("%w: its marker cannot be read: %w", cachestore.ErrDamaged, err)
	}
	if want.Key != key {
		return fmt.Errorf("%w: it is another installation under this name", cachestore.ErrDamaged)
	}
	have, err := count(dir, names)
	if err != nil {
		// A folder that is gone makes it a damaged installation, not none.
		return fmt.Errorf("%w: it cannot be read: %v", cachestore.ErrDamaged, err)
	}
	for _, name := range names {
		if have[name] != want.Folders[name] {
			return fmt.Errorf("%w: %s has %d files and %d bytes of libraries and had %d and %d", cachestore.ErrDamaged, name,
				have[name].Files, have[name].LibraryBytes, want.Folders[name].Files, want.Folders[name].LibraryBytes)
		}
	}
	return nil
}

// installedFolders are the folders of an installation.
func installedFolders() []string {
	return []string{homeFolder, siteFolder, matplotlibFolder}
}

// count counts the files of each of some folders in the folder dir.
func count(dir string, names []string) (map[string]fileCount, error) {
	counts := make(map[string]fileCount)
	for _, name := range names {
		c, err := countTree(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		counts[name] = c
	}
	return counts, nil
}

// countTree counts the files of a folder and all below it. It reads several of its
// folders at a time.
func countTree(dir string) (fileCount, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fileCount{}, err
	}
	counts := make([]fileCount, len(entries))
	errs := make([]error, len(entries))
	slots := make(chan struct{}, 4)
	var wg sync.WaitGroup
	for i, entry := range entries {
		wg.Go(func() {
			slots <- struct{}{}
			counts[i], errs[i] = countSerially(filepath.Join(dir, entry.Name()))
			<-slots
		})
	}
	wg.Wait()
	var total fileCount
	for _, c := range counts {
		total = total.plus(c)
	}
	return total, errors.Join(errs...)
}

func countSerially(root string) (fileCount, error) {
	var c fileCount
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "__pycache__":
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		c.Files++
		if !isLibrary(path) {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		c.LibraryBytes += info.Size()
		return nil
	})
	return c, err
}

// isLibrary reports whether a path is that of a program or a shared library, such
// as libz.so, libz.so.1.2 or bin/python3, or of the index of modules.
func isLibrary(path string) bool {
	name := filepath.Base(path)
	return name == filepath.Base(indexFile) || strings.HasSuffix(name, ".so") || strings.Contains(name, ".so.") ||
		filepath.Base(filepath.Dir(path)) == "bin"
}
