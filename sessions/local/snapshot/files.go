package snapshot

import "dynamic-sessions-mcp/sessions/local/cachestore"

// RecordedSum returns the checksum that a file of the snapshot in the folder dir had when
// that was made. name is its path below dir, with slashes.
func RecordedSum(dir, name string) (string, error) {
	sums, err := cachestore.Recorded(dir)
	return sums[name], err
}

// Sum returns the checksum of a file.
func Sum(path string) (string, error) { return cachestore.Sum(path) }
