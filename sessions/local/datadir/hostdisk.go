package local

// A hostDisk is the file system of the host in which a session's files lie.
type hostDisk struct {
	free  int64
	total int64 // 0 if it cannot be told
}

// maxReserve is how much of the host's disk sessions leave to others at most; of
// a small one they leave a twentieth.
const maxReserve = 256 << 20

// room returns how much sessions may add.
func (h hostDisk) room() int64 {
	if h.total == 0 {
		return 1 << 62
	}
	return max(0, h.free-min(maxReserve, h.total/20))
}

// full reports whether nothing may be added.
func (h hostDisk) full() bool { return h.room() == 0 }
