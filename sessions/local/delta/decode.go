package delta

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/klauspost/compress/zstd"
)

// An Output is where Decode writes a checkpoint.
type Output struct {
	Checkpoint, Meta, Pages io.Writer
}

// Check reads a whole state of size bytes. If the state is not damaged, Check returns
// its header and a reader of its body.
func Check(r io.ReaderAt, size int64) (Header, *io.SectionReader, error) {
	var none Header
	sum := newSum()
	whole := io.NewSectionReader(r, 0, max(size-4, 0))
	if _, err := io.Copy(sum, whole); err != nil {
		return none, nil, err
	}
	var tail [4]byte
	if size < 4 {
		return none, nil, bad("is cut off")
	}
	if n, err := r.ReadAt(tail[:], size-4); n < 4 {
		return none, nil, cutOff(err)
	}
	if binary.LittleEndian.Uint32(tail[:]) != sum.Sum32() {
		return none, nil, bad("is damaged: its checksum does not fit")
	}
	h, from, err := readHeader(whole)
	if err != nil {
		return none, nil, err
	}
	return h, io.NewSectionReader(r, from, whole.Size()-from), nil
}

// Peek returns the header of a state, which may be damaged.
func Peek(r io.ReaderAt) (Header, error) {
	h, _, err := readHeader(io.NewSectionReader(r, 0, int64(len(magic)+4+maxHeader)))
	return h, err
}

// readHeader reads a header, and returns where what follows it begins.
func readHeader(r *io.SectionReader) (h Header, end int64, err error) {
	var start [len(magic) + 4]byte
	if _, err := r.ReadAt(start[:], 0); err != nil || string(start[:len(magic)]) != magic {
		return h, 0, bad("has a format that this program does not know")
	}
	n := int64(binary.LittleEndian.Uint32(start[len(magic):]))
	if n > maxHeader || n > r.Size()-int64(len(start)) {
		return h, 0, bad("has a header that is too long")
	}
	header := make([]byte, n)
	if _, err := r.ReadAt(header, int64(len(start))); err != nil && !errors.Is(err, io.EOF) {
		return h, 0, err
	}
	h, err = parseHeader(header)
	return h, int64(len(start)) + n, err
}

// Decode writes the checkpoint from which a state was made. body is what Check
// returned with the header, and b is the snapshot that the header names. Whatever
// body contains, Decode writes no more than the sizes in the header.
//
// The error wraps ErrState if the state or the snapshot is damaged. Other errors come
// from reading and writing, for example on a full disk, and may be temporary.
func Decode(out Output, h Header, body io.Reader, b *Base) error {
	z, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(1<<62))
	if err != nil {
		return err
	}
	defer z.Close()
	d := &decoder{body: bufio.NewReaderSize(z, 64<<10), base: b, sum: newSum()}
	for _, file := range []struct {
		w    io.Writer
		size int64
	}{{out.Checkpoint, h.Checkpoint}, {out.Meta, h.Meta}} {
		to := &target{w: file.w}
		if _, err := io.CopyN(io.MultiWriter(to, d.sum), d.body, file.size); err != nil {
			return cmp.Or(to.err, cutOff(err))
		}
	}
	d.pages = out.Pages
	return d.decode(h.Pages)
}

// A decoder reads the steps of a body.
type decoder struct {
	body   *bufio.Reader
	base   *Base
	pages  io.Writer
	sum    hash.Hash32
	cursor int64
	buffer [decodePages * PageSize]byte
	page   [PageSize]byte
}

// decodePages is how many pages are copied at a time.
const decodePages = 64

// decode carries out all steps, which must produce exactly the pages that are left.
func (d *decoder) decode(left int64) error {
	for {
		step, err := d.body.ReadByte()
		if err != nil {
			return cutOff(err)
		}
		if step == stepEnd {
			return d.end(left)
		}
		n, err := d.step(step, left)
		if err != nil {
			return err
		}
		left -= n
	}
}

// step carries out one step and returns how many pages it has written.
func (d *decoder) step(step byte, left int64) (n int64, err error) {
	n = 1
	if step == stepCopy || step == stepZero {
		if n, err = d.number(); err != nil {
			return 0, err
		}
	}
	if n == 0 || n > left {
		return 0, bad("has more pages than its header says")
	}
	switch step {
	case stepCopy:
		if d.cursor, err = d.number(); err != nil {
			return 0, err
		}
		return n, d.copy(n)
	case stepZero:
		d.cursor += n
		return n, d.zeros(n)
	case stepPlain, stepPatch:
		return n, d.own(step == stepPatch)
	}
	return 0, bad("has the unknown step %d", step)
}

// copy writes the n pages of the snapshot that begin at the cursor.
func (d *decoder) copy(n int64) error {
	if d.cursor > d.base.pages || n > d.base.pages-d.cursor {
		return bad("names pages that the snapshot does not have")
	}
	for n > 0 {
		k := min(n, decodePages)
		block := d.buffer[:k*PageSize]
		if _, err := d.base.file.ReadAt(block, d.cursor*PageSize); err != nil {
			return fmt.Errorf("reading the snapshot: %w", cutOff(err))
		}
		if err := d.write(block); err != nil {
			return err
		}
		n, d.cursor = n-k, d.cursor+k
	}
	return nil
}

func (d *decoder) zeros(n int64) error {
	clear(d.buffer[:])
	for n > 0 {
		k := min(n, decodePages)
		if err := d.write(d.buffer[:k*PageSize]); err != nil {
			return err
		}
		n -= k
	}
	return nil
}

// own writes the page that follows in the body.
func (d *decoder) own(patch bool) error {
	if _, err := io.ReadFull(d.body, d.page[:]); err != nil {
		return cutOff(err)
	}
	if patch {
		was := d.buffer[:PageSize]
		if d.cursor >= d.base.pages {
			return bad("changes a page that the snapshot does not have")
		}
		if _, err := d.base.file.ReadAt(was, d.cursor*PageSize); err != nil {
			return fmt.Errorf("reading the snapshot: %w", cutOff(err))
		}
		for i := range d.page {
			d.page[i] ^= was[i]
		}
	}
	d.cursor++
	return d.write(d.page[:])
}

// end checks that the result is what was put to sleep. That also detects a snapshot
// that has changed since.
func (d *decoder) end(left int64) error {
	var want [4]byte
	if _, err := io.ReadFull(d.body, want[:]); err != nil {
		return cutOff(err)
	}
	if left > 0 {
		return bad("has fewer pages than its header says")
	}
	if !bytes.Equal(want[:], binary.LittleEndian.AppendUint32(nil, d.sum.Sum32())) {
		return bad("or its snapshot is damaged: together they do not give what was put to sleep")
	}
	return nil
}

func (d *decoder) write(block []byte) error {
	d.sum.Write(block)
	_, err := d.pages.Write(block)
	return err
}

// number reads a number that fits into an int64.
func (d *decoder) number() (int64, error) {
	v, err := binary.ReadUvarint(d.body)
	if err != nil || v > 1<<50 {
		return 0, bad("has an impossible number: %w", errors.Join(err))
	}
	return int64(v), nil
}

// A target remembers why it could not be written to.
type target struct {
	w   io.Writer
	err error
}

func (t *target) Write(p []byte) (n int, err error) {
	n, t.err = t.w.Write(p)
	return n, t.err
}

// cutOff explains why a state or its snapshot cannot be read to the end: it is cut
// off or damaged. Errors of the host in reading a file stay as they are.
func cutOff(err error) error {
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return err
	}
	return bad("cannot be read: %w", err)
}
