package basesystem

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

const (
	keyPrefix  = "system-"
	rootFolder = "root"
	// markerName is the file in an item that says what its files were.
	markerName = ".base-system"

	// maxKept and maxAge are how many base systems are kept, and for how long if nobody
	// uses them.
	maxKept = 2
	maxAge  = 7 * 24 * time.Hour
)

// store has the base systems in the program's folder.
func store(dir string, log zerolog.Logger) *cachestore.Store {
	return &cachestore.Store{
		Dir:         dir,
		Items:       cachedir.Kind{Form: keyForm(), Proof: []string{markerName, rootFolder}},
		Builds:      cachedir.Kind{Form: regexp.MustCompile(`^system-new-[0-9]+$`), Proof: []string{cachedir.Marker}},
		BuildPrefix: keyPrefix + "new-",
		Lock:        "system.lock",
		Check:       check,
		Noun:        "a base system",
		Logger:      log,
	}
}

func keyForm() *regexp.Regexp { return regexp.MustCompile(`^system-[0-9a-f]{16}$`) }

// keyOf names the base system of an archive with a checksum. The processor is the
// archive's own.
func keyOf(sum []byte) string { return keyPrefix + hex.EncodeToString(sum[:8]) }

// A marker makes a folder a base system.
type marker struct {
	Key   string `json:"key"`
	Files string `json:"files"` // see summary
}

// mark makes the folder dir the base system named key.
func mark(dir, key string) error {
	files, err := summary(filepath.Join(dir, rootFolder))
	if err != nil {
		return err
	}
	text, err := json.Marshal(marker{key, files})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, markerName), text, 0o644)
}

// check returns nil if the folder dir is the base system named key and is whole; see
// [cachestore.Store].
func check(dir, key string) error {
	text, err := os.ReadFile(filepath.Join(dir, markerName))
	if err != nil {
		return err
	}
	var want marker
	if err := json.Unmarshal(text, &want); err != nil || want.Key != key {
		return fmt.Errorf("%w: its marker cannot be read", cachestore.ErrDamaged)
	}
	files, err := summary(filepath.Join(dir, rootFolder))
	if err != nil {
		return fmt.Errorf("%w: it cannot be read: %v", cachestore.ErrDamaged, err)
	}
	if files != want.Files {
		return fmt.Errorf("%w: its files are not those that were unpacked", cachestore.ErrDamaged)
	}
	return nil
}

// summary is a checksum of the names, kinds, sizes and times of all files, and of where
// links lead. It finds what is missing, cut or replaced, and reads no file: there are
// some thousands.
func summary(root string) (string, error) {
	h := sha256.New()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		switch mode := info.Mode(); {
		case mode.IsRegular():
			fmt.Fprintf(h, "%q %d %d %t\n", name, info.Size(), info.ModTime().Unix(), mode&0o100 != 0)
		case mode&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%q to %q\n", name, target)
		default:
			fmt.Fprintf(h, "%q %s\n", name, mode.Type())
		}
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
