package cachestore

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// SumsFile is the file in an item that has the checksums of the other files. It
// is written last.
const SumsFile = "sums.json"

// writeSums writes the checksums of what is in a folder.
func writeSums(dir string) error {
	sums, err := Sums(dir)
	if err != nil {
		return err
	}
	data, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, SumsFile), data, 0o600)
}

// verifySums checks that a folder has what its checksums say: see Store.Check.
func verifySums(dir string) error {
	want, err := Recorded(dir)
	if err != nil {
		return err
	}
	got, err := Sums(dir)
	if err != nil {
		return err
	}
	if len(want) == 0 || len(got) != len(want) {
		return fmt.Errorf("%w: it has %d files, not %d", ErrDamaged, len(got), len(want))
	}
	for name, sum := range want {
		if got[name] != sum {
			return fmt.Errorf("%w: %s has changed", ErrDamaged, name)
		}
	}
	return nil
}

// Recorded returns what [Sums] returned when the item in a folder was made. The error
// wraps [ErrDamaged] if that cannot be read.
func Recorded(dir string) (map[string]string, error) {
	data, err := os.ReadFile(filepath.Join(dir, SumsFile))
	if err != nil {
		return nil, err
	}
	var sums map[string]string
	if err := json.Unmarshal(data, &sums); err != nil {
		return nil, fmt.Errorf("%w: its checksums cannot be read: %w", ErrDamaged, err)
	}
	return sums, nil
}

// Sums returns length and checksum of every file below a folder, by their paths
// with slashes, except [SumsFile]. The checksum finds damage, not malice: the
// folder belongs to the user alone.
func Sums(dir string) (map[string]string, error) {
	sums := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == SumsFile {
			return err
		}
		sums[name], err = Sum(filepath.Join(dir, filepath.FromSlash(name)))
		return err
	})
	return sums, err
}

// Sum returns length and checksum of a file.
func Sum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	n, err := io.Copy(h, f)
	return fmt.Sprintf("%d-%08x", n, h.Sum32()), err
}
