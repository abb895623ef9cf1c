package datadir

import (
	"cmp"
	"slices"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/tree"
)

// maxLargest is how many files a survey names of those that take the most.
const maxLargest = 3

// largest are the files that take the most of the disk, the largest first.
type largest []sessions.LargeFile

// add takes a file in if it is one of them.
func (l *largest) add(at place, name string, info tree.Info) {
	files := *l
	if !info.Regular || info.Blocks == 0 || len(files) == maxLargest && info.Blocks <= files[maxLargest-1].Size {
		return
	}
	path, ok := at.file(name)
	if !ok {
		return
	}
	files = append(files, sessions.LargeFile{Name: path, Size: info.Blocks})
	slices.SortStableFunc(files, func(a, b sessions.LargeFile) int { return cmp.Compare(b.Size, a.Size) })
	*l = files[:min(len(files), maxLargest)]
}
