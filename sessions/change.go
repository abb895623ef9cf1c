package sessions

import "strings"

const (
	// CutDir is the folder, below DataDir, of texts that were cut in answers: all of
	// each text is in a file there. It is hidden: no listing has it, and no run
	// reports it.
	CutDir = ".output"
	// OutDir is the folder, below DataDir, of files that code makes for the user.
	OutDir = "out"
)

// A FileChange is what a run did to a file. The File is as it is after the run, or as
// it was if the run deleted it.
type FileChange struct {
	File
	// Kind is "" if the pool does not know whether the file is new.
	Kind ChangeKind `json:",omitempty"`
	// From is the former name of a file that was renamed.
	From string `json:",omitempty"`
}

// ChangeKind tells changes of files apart.
type ChangeKind string

// The kinds of changes. A file that was renamed has the same contents as before.
const (
	FileCreated  ChangeKind = "created"
	FileModified ChangeKind = "modified"
	FileRenamed  ChangeKind = "renamed"
	FileDeleted  ChangeKind = "deleted"
)

// Incidental reports whether a file is one that programs make for themselves: hidden,
// or in a hidden folder, or in a cache, or what an installed package says of itself.
// name is relative to DataDir. No run reports such files.
func Incidental(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") || part == "__pycache__" || strings.HasSuffix(part, ".dist-info") {
			return true
		}
	}
	return false
}
