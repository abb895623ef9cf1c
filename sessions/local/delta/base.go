package delta

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"sync"
)

// A Base is a snapshot of which states are deltas. Its methods may be called
// concurrently.
type Base struct {
	sum   string
	file  io.ReaderAt
	pages int64

	seed  maphash.Seed
	index func() (map[uint64]uint32, error) // where a page with a hash is
}

// NewBase returns the base for a snapshot. file is its pages.img, pages is how many
// pages that has, and sum names exactly this snapshot, for example by a checksum. A
// base without pages has the name "". The caller keeps file open as long as it uses
// the base.
func NewBase(file io.ReaderAt, pages int64, sum string) *Base {
	b := &Base{sum: sum, file: file, pages: pages, seed: maphash.MakeSeed()}
	b.index = sync.OnceValues(b.makeIndex)
	return b
}

// Sum returns the name that NewBase was given.
func (b *Base) Sum() string { return b.sum }

// Prepare does in advance what the first Encode has to do. It takes a tenth of a
// second for a snapshot of 100 MB.
func (b *Base) Prepare() error {
	_, err := b.index()
	return err
}

// makeIndex computes the hash of every page of the snapshot. The index takes about
// one hundredth of the size of the snapshot.
func (b *Base) makeIndex() (map[uint64]uint32, error) {
	index := make(map[uint64]uint32, b.pages)
	r := b.reader()
	for k := range b.pages {
		page, err := r.page(k)
		if err != nil {
			return nil, err
		}
		h := maphash.Bytes(b.seed, page)
		if _, taken := index[h]; !taken {
			index[h] = uint32(k)
		}
	}
	return index, nil
}

// find returns where the snapshot has a page.
func (b *Base) find(r *pageReader, page []byte) (int64, bool, error) {
	index, err := b.index()
	if err != nil {
		return 0, false, err
	}
	k, ok := index[maphash.Bytes(b.seed, page)]
	if !ok {
		return 0, false, nil
	}
	found, err := r.page(int64(k))
	return int64(k), err == nil && bytes.Equal(found, page), err
}

func (b *Base) reader() *pageReader { return &pageReader{base: b} }

// windowPages is how many pages of the snapshot are read at a time.
const windowPages = 32

// A pageReader reads single pages of a base, quickly if they are mostly requested in
// order. It does not map the file: if a mapped file is cut off, the process dies.
type pageReader struct {
	base   *Base
	start  int64 // the page that window begins with
	window []byte
	buffer [windowPages * PageSize]byte
}

// page returns a page, which is valid until the next call.
func (r *pageReader) page(k int64) ([]byte, error) {
	if have := int64(len(r.window) / PageSize); k < r.start || k >= r.start+have {
		n := min(windowPages, r.base.pages-k)
		if k < 0 || n <= 0 {
			return nil, fmt.Errorf("the snapshot has %d pages, and page %d is asked for", r.base.pages, k)
		}
		r.window = nil
		if _, err := r.base.file.ReadAt(r.buffer[:n*PageSize], k*PageSize); err != nil {
			return nil, fmt.Errorf("reading the snapshot: %w", err)
		}
		r.start, r.window = k, r.buffer[:n*PageSize]
	}
	at := (k - r.start) * PageSize
	return r.window[at : at+PageSize], nil
}
