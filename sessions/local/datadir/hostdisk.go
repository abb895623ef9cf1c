package datadir

// A HostDisk is the file system of the host that a folder is on.
type HostDisk struct {
	Free  int64 // bytes that can be written
	Total int64 // bytes; 0 if it cannot be told
}

// maxReserve is how many bytes of the host's disk sessions leave to others at
// most; of a small disk they leave a twentieth.
const maxReserve = 256 << 20

// available returns how many bytes sessions may add.
func (h HostDisk) available() int64 {
	if h.Total == 0 {
		return 1 << 62
	}
	return max(0, h.Free-min(maxReserve, h.Total/20))
}

// full reports whether nothing may be added.
func (h HostDisk) full() bool { return h.available() == 0 }
