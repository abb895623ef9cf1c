package basesystem

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dynamic-sessions-mcp/sessions/atomicfile"
)

// The files in the program's folder that say which base system is meant.
const (
	installedFile = "base-system.json"
	archiveFile   = "base-system-file.json"
)

// installedRecord is which base system setup has installed.
type installedRecord struct {
	Key string `json:"key"`
}

// archiveRecord is what an archive was unpacked to. As long as it has the size and the
// time, it need not be read again to find that out.
type archiveRecord struct {
	File    string    `json:"file"`
	Size    int64     `json:"size"`
	Changed time.Time `json:"changed"`
	Key     string    `json:"key"`
}

// installedIn returns the key of the base system that is installed in the program's folder
// dir, "" if none is.
func installedIn(dir string) (string, error) {
	var r installedRecord
	err := read(dir, installedFile, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err == nil && !keyForm().MatchString(r.Key) {
		err = &fs.PathError{Op: "read", Path: filepath.Join(dir, installedFile), Err: fs.ErrInvalid}
	}
	return r.Key, err
}

// recorded returns what an archive was unpacked to, "" if it has to be read for that.
func recorded(dir string, file string, info fs.FileInfo) string {
	var r archiveRecord
	if err := read(dir, archiveFile, &r); err != nil || !keyForm().MatchString(r.Key) ||
		r.File != file || r.Size != info.Size() || !r.Changed.Equal(info.ModTime()) {
		return ""
	}
	return r.Key
}

func read(dir, name string, to any) error {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}

// write writes a record that is whole or not there.
func write(dir, name string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, name), 0o644, func(w io.Writer) error {
		_, err := w.Write(append(data, '\n'))
		return err
	})
}
