package delta

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"
)

// An Image is a checkpoint: the files that the sandbox has written.
type Image struct {
	Checkpoint, Meta, Pages io.Reader
}

// Encode writes the checkpoint img as a delta of the snapshot b. The caller sets the
// session, the runtime and the sizes in h; Encode sets the rest.
func Encode(w io.Writer, h Header, img Image, b *Base) error {
	h.Version, h.Sum = version, b.sum
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	sum := newSum()
	out := io.MultiWriter(w, sum)
	start := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(header)))
	if _, err := out.Write(append(start, header...)); err != nil {
		return err
	}
	body, err := zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window),
		zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return err
	}
	e := &encoder{body: body, base: b, reader: b.reader(), sum: newSum()}
	if err := errors.Join(e.encode(h, img), body.Close()); err != nil {
		return err
	}
	_, err = w.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// An encoder writes the body of a state.
type encoder struct {
	body   io.Writer
	base   *Base
	reader *pageReader
	sum    hash.Hash32 // of what the image has

	cursor int64
	// run is a copy or zero step that is not written yet, as it may be longer.
	run struct {
		step        byte
		count, page int64
	}
	step  [1 + 2*binary.MaxVarintLen64]byte
	patch [PageSize]byte
}

func (e *encoder) encode(h Header, img Image) error {
	for _, file := range []struct {
		r    io.Reader
		size int64
	}{{img.Checkpoint, h.Checkpoint}, {img.Meta, h.Meta}} {
		if _, err := io.CopyN(io.MultiWriter(e.body, e.sum), file.r, file.size); err != nil {
			return err
		}
	}
	buffer := make([]byte, windowPages*PageSize)
	for left := h.Pages * PageSize; left > 0; {
		block := buffer[:min(left, int64(len(buffer)))]
		if _, err := io.ReadFull(img.Pages, block); err != nil {
			return err
		}
		left -= int64(len(block))
		e.sum.Write(block)
		for ; len(block) > 0; block = block[PageSize:] {
			if err := e.page(block[:PageSize]); err != nil {
				return err
			}
		}
	}
	if err := e.flush(); err != nil {
		return err
	}
	_, err := e.body.Write(binary.LittleEndian.AppendUint32([]byte{stepEnd}, e.sum.Sum32()))
	return err
}

// page writes one page in the shortest form that can be found quickly.
func (e *encoder) page(page []byte) error {
	var was []byte // what the snapshot has at the cursor
	if e.cursor < e.base.pages {
		var err error
		if was, err = e.reader.page(e.cursor); err != nil {
			return err
		}
		if bytes.Equal(was, page) {
			return e.extend(stepCopy, e.cursor)
		}
	}
	if isZero(page) {
		return e.extend(stepZero, e.cursor)
	}
	if was != nil && e.makePatch(page, was) {
		return e.write(stepPatch, e.patch[:])
	}
	k, found, err := e.base.find(e.reader, page)
	if err != nil {
		return err
	}
	if found {
		return e.extend(stepCopy, k)
	}
	return e.write(stepPlain, page)
}

// extend adds a page to the run, or begins another one.
func (e *encoder) extend(step byte, page int64) error {
	if e.run.step != step || page != e.cursor {
		if err := e.flush(); err != nil {
			return err
		}
		e.run.step, e.run.page = step, page
	}
	e.run.count++
	e.cursor = page + 1
	return nil
}

func (e *encoder) flush() error {
	if e.run.count == 0 {
		return nil
	}
	out := append(e.step[:0], e.run.step)
	out = binary.AppendUvarint(out, uint64(e.run.count))
	if e.run.step == stepCopy {
		out = binary.AppendUvarint(out, uint64(e.run.page))
	}
	e.run.step, e.run.count = 0, 0
	_, err := e.body.Write(out)
	return err
}

// write writes a step that has a page of its own.
func (e *encoder) write(step byte, page []byte) error {
	if err := e.flush(); err != nil {
		return err
	}
	e.cursor++
	if _, err := e.body.Write(append(e.step[:0], step)); err != nil {
		return err
	}
	_, err := e.body.Write(page)
	return err
}

// makePatch sets e.patch to what turns was into page. It reports whether that saves
// space: whether half of the words are unchanged.
func (e *encoder) makePatch(page, was []byte) bool {
	same := 0
	for i := 0; i < PageSize; i += 8 {
		x := binary.LittleEndian.Uint64(page[i:]) ^ binary.LittleEndian.Uint64(was[i:])
		if x == 0 {
			same++
		}
		binary.LittleEndian.PutUint64(e.patch[i:], x)
	}
	return same >= PageSize/16
}

func isZero(page []byte) bool {
	for i := 0; i < len(page); i += 8 {
		if binary.LittleEndian.Uint64(page[i:]) != 0 {
			return false
		}
	}
	return true
}
