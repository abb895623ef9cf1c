package datadir

import "fmt"

// A usage is what files take of the host's disk.
type usage struct {
	bytes int64
	files int // and folders
}

func (u usage) plus(v usage) usage  { return usage{u.bytes + v.bytes, u.files + v.files} }
func (u usage) minus(v usage) usage { return usage{u.bytes - v.bytes, u.files - v.files} }
func (u usage) tenth() usage        { return usage{u.bytes / 10, u.files / 10} }

// exceeds reports whether any part of u is larger than that of v.
func (u usage) exceeds(v usage) bool { return u.bytes > v.bytes || u.files > v.files }

const (
	// maxFiles is how many files and folders a session may have. Each takes
	// space on the disk that its size does not show, and time to be looked at.
	maxFiles = 200_000
	// maxDepth is how many folders may lie in each other. What is deeper is not
	// counted, and counts as more than a session may have.
	maxDepth = 100
	// blockSize is what the smallest file takes.
	blockSize = 4096
)

// errTooDeep is why a file may not be stored further down.
var errTooDeep = fmt.Errorf("it lies in more than %d folders", maxDepth)
