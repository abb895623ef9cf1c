package interpreter

import (
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/delta"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// A Place is where an interpreter runs, and who it is.
type Place struct {
	Dir         string // the folder that has everything of the interpreter, and its state while it hibernates
	Data        string // the folder in it that code sees as /mnt/data
	Hostname    string
	Incarnation string // tells the interpreter from all others; a state is good for one incarnation
	Durable     bool   // the folder outlives the server
	// Key is what the placeholders of secrets and the authority of the session are derived
	// from: random bytes that code never sees. nil if there can be no secrets.
	Key []byte
}

// scratch is the folder for temporary files of an interpreter without isolation.
func (p Place) scratch() string { return filepath.Join(p.Dir, "scratch") }

// stateName is the file in which a hibernating interpreter lies.
const stateName = "state"

// state is that file: whole, or not there.
func (p Place) state() string { return filepath.Join(p.Dir, stateName) }

// partial is the file that becomes the state when it is whole.
func (p Place) partial() string { return p.state() + ".partial" }

// removeState removes the state, for good: it does not come back after a power
// failure. What it needed of a snapshot stays for the next one.
func (p Place) removeState() error {
	if err := os.Remove(p.state()); err != nil && !os.IsNotExist(err) {
		return err
	}
	p.sync()
	_ = os.Remove(p.partial())
	return nil
}

// sync has what came and went in the folder reach the disk if it is to outlive the
// server, where the file system can do that.
func (p Place) sync() {
	if !p.Durable {
		return
	}
	if d, err := os.Open(p.Dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// StateSize returns the bytes that a state in the folder dir takes on the disk,
// with its share of the snapshot that it holds.
func StateSize(dir string) int64 {
	size := fileSize(filepath.Join(dir, stateName))
	heaps, _ := filepath.Glob(filepath.Join(heapFolder(dir), "*"))
	for _, path := range append(snapshot.Held(dir), heaps...) {
		if info, err := os.Lstat(path); err == nil {
			size += diskBytes(info) / linkCount(info)
		}
	}
	return size
}

// fileSize returns the bytes that a file takes on the disk, 0 if there is none.
func fileSize(path string) int64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	return diskBytes(info)
}

// belongs reports, as an error, whether a state is not that of the place.
func (p Place) belongs(h delta.Header) error {
	if h.Session != p.Incarnation {
		return delta.Bad("is that of another one")
	}
	return nil
}
