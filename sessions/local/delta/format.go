// Package delta encodes the state of a sleeping interpreter as a delta of a
// snapshot: as the difference between its memory and that of the snapshot from which
// it was once restored. That is a hundredth of the memory, unless the session itself
// holds more.
//
// [Encode] turns a checkpoint and a [Base] into a state. [Check] reports whether a
// state is whole and what it needs, and [Decode] restores the checkpoint. Both
// directions work as a stream, with a few megabytes of memory, whatever the sizes
// are and whatever a damaged state says.
//
// # Format
//
// A state is one file:
//
//	"dsmdelta"      8 bytes
//	header          length (4 bytes), then JSON: [Header]
//	body            one zstd frame
//	checksum        CRC-32C (4 bytes) of all bytes before it
//
// Numbers are little-endian, those marked v are unsigned LEB128 varints. The
// body is the files checkpoint.img and pages_meta.img as they are, whose sizes
// the header has, and then steps that produce pages.img. Each is a byte and what
// follows it:
//
//	1 copy   v count, v page    pages of the snapshot's pages.img
//	2 zero   v count            pages of zeros
//	3 plain  4096 bytes         a page
//	4 patch  4096 bytes         a page, XOR the cursor's page of the snapshot
//	0 end    4 bytes            CRC-32C of the three files, one after the other
//
// The cursor is the page of the snapshot after the last one that a step named.
// copy moves it. The others move it on by the pages that they produce, since a
// program's pages mostly stay where they were. As a patch, a page that differs in a
// few words is nearly all zeros, and takes next to no space when it is compressed.
package delta

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
)

const (
	magic   = "dsmdelta"
	version = 1

	PageSize = 4096

	stepEnd   = 0
	stepCopy  = 1
	stepZero  = 2
	stepPlain = 3
	stepPatch = 4

	// maxHeader and maxMeta limit the sizes in a file that this package believes.
	maxHeader = 4 << 10
	maxMeta   = 256 << 20
	// window is how far back compression looks. It limits the memory that either
	// direction needs.
	window = 1 << 20
)

// Names of the files that make a checkpoint.
const (
	CheckpointFile = "checkpoint.img"
	MetaFile       = "pages_meta.img"
	PagesFile      = "pages.img"
)

// ErrState is wrapped by errors about a state that is damaged, or that what is there
// cannot run.
var ErrState = errors.New("the state of the session")

// Bad returns an error that wraps ErrState.
func Bad(format string, args ...any) error { return bad(format, args...) }

func bad(format string, args ...any) error {
	return fmt.Errorf("%w %w", ErrState, fmt.Errorf(format, args...))
}

// A Header says whose state it is and what it takes to wake it.
type Header struct {
	Version int    `json:"version"`
	Session string `json:"session"` // whose it is
	Runtime string `json:"runtime"` // what can run it
	Sum     string `json:"sum"`     // what NewBase was given; Encode sets it, and Version
	Heap    Heap   `json:"heap"`    // what its memory is mapped from

	Checkpoint int64 `json:"checkpoint"` // bytes of checkpoint.img
	Meta       int64 `json:"meta"`       // bytes of pages_meta.img
	Pages      int64 `json:"pages"`      // pages of pages.img
}

// A Heap is a file that the memory of an interpreter is mapped from.
type Heap struct {
	Name string `json:"name"` // "" for none
	Sum  string `json:"sum"`  // its checksum
}

func parseHeader(data []byte) (Header, error) {
	var h Header
	if err := json.Unmarshal(data, &h); err != nil {
		return h, bad("has a header that cannot be read: %w", err)
	}
	if h.Version != version {
		return h, bad("has version %d, and this program reads %d", h.Version, version)
	}
	if h.Checkpoint < 0 || h.Checkpoint > maxMeta || h.Meta < 0 || h.Meta > maxMeta || h.Pages < 0 {
		return h, bad("has impossible sizes")
	}
	return h, nil
}

func newSum() hash.Hash32 { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }
