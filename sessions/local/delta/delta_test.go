package delta

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"syscall"
	"testing"
)

// randomPages returns n pages of noise.
func randomPages(seed uint64, n int) []byte {
	data := make([]byte, n*PageSize)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = r.Read(data) // never fails
	return data
}

// encoded returns a state with the pages.
func encoded(t testing.TB, b *Base, pages []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	h := Header{Session: "s", Runtime: "r", Checkpoint: 5, Meta: 4, Pages: int64(len(pages) / PageSize)}
	img := Image{bytes.NewReader([]byte("check")), bytes.NewReader([]byte("meta")), bytes.NewReader(pages)}
	if err := Encode(&out, h, img, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// decoded returns the pages of a state.
func decoded(state []byte, b *Base) ([]byte, error) {
	h, body, err := Check(bytes.NewReader(state), int64(len(state)))
	if err != nil {
		return nil, err
	}
	var checkpoint, meta, pages bytes.Buffer
	if err := Decode(Output{&checkpoint, &meta, &pages}, h, body, b); err != nil {
		return nil, err
	}
	if checkpoint.String() != "check" || meta.String() != "meta" || h.Session != "s" || h.Runtime != "r" || h.Sum != b.sum {
		return nil, fmt.Errorf("%q, %q, %+v", &checkpoint, &meta, h)
	}
	return pages.Bytes(), nil
}

func testBase(pages []byte) *Base {
	return NewBase(bytes.NewReader(pages), int64(len(pages)/PageSize), "5eed")
}

func TestDelta(t *testing.T) {
	t.Parallel()
	snapshot := randomPages(1, 300)
	touched := bytes.Clone(snapshot)
	for i := 8; i < len(touched); i += 3 * PageSize {
		touched[i]++ // as a reference count that went up
	}
	moved := append(bytes.Clone(snapshot[100*PageSize:]), snapshot[:100*PageSize]...)
	for _, tt := range []struct {
		name        string
		base, pages []byte
		most        int // bytes of the state
	}{
		{"nothing", snapshot, nil, 300},
		{"the snapshot", snapshot, snapshot, 300},
		{"a part of it", snapshot, snapshot[50*PageSize : 250*PageSize], 300},
		{"words that differ", snapshot, touched, 4_000},
		{"pages elsewhere", snapshot, moved, 300},
		{"pages between", snapshot, append(append(bytes.Clone(snapshot[:PageSize]), randomPages(2, 9)...), snapshot[PageSize:]...), 10*PageSize + 300},
		{"zeros", snapshot, make([]byte, 500*PageSize), 300},
		{"all new", snapshot, randomPages(3, 100), 101 * PageSize},
		{"more than the snapshot", snapshot[:PageSize], touched, 301 * PageSize},
		{"no snapshot", nil, snapshot, 301 * PageSize},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := testBase(tt.base)
			state := encoded(t, b, tt.pages)
			if len(state) > tt.most {
				t.Errorf("%d pages take %d bytes, want at most %d", len(tt.pages)/PageSize, len(state), tt.most)
			}
			got, err := decoded(state, b)
			if err != nil || !bytes.Equal(got, tt.pages) {
				t.Errorf("%d bytes come back as %d, %v", len(tt.pages), len(got), err)
			}
		})
	}
}

// TestDeltaDamage changes every byte of a state in turn, and cuts it off at
// every length.
func TestDeltaDamage(t *testing.T) {
	t.Parallel()
	b := testBase(randomPages(1, 4))
	pages := append(randomPages(1, 2), randomPages(2, 1)...)
	state := encoded(t, b, pages)
	for i := range state {
		bad := bytes.Clone(state)
		bad[i] ^= 0x10
		if _, err := decoded(bad, b); !errors.Is(err, ErrState) {
			t.Fatalf("byte %d changed: %v", i, err)
		}
		if _, err := decoded(state[:i], b); !errors.Is(err, ErrState) {
			t.Fatalf("cut off at %d: %v", i, err)
		}
	}
	// The same with a checksum that fits: what the body says is not believed.
	for i := range len(state) - 4 {
		bad := bytes.Clone(state)
		bad[i] ^= 0x10
		if got, err := decoded(resum(bad), b); err == nil && !bytes.Equal(got, pages) {
			t.Fatalf("byte %d changed, and the checksum: other pages and no error", i)
		}
	}
}

// TestDeltaOfAnotherSnapshot decodes with a snapshot that has changed.
func TestDeltaOfAnotherSnapshot(t *testing.T) {
	t.Parallel()
	pages := randomPages(1, 50)
	state := encoded(t, testBase(pages), pages)
	for name, other := range map[string][]byte{
		"garbage": randomPages(2, 50), "cut off": pages[:20*PageSize], "empty": nil,
	} {
		if _, err := decoded(state, testBase(other)); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := testBase(pages[:20*PageSize])
	short.pages = 50 // it was cut off while it was open
	if _, err := decoded(state, short); !errors.Is(err, io.EOF) {
		t.Errorf("cut off while open: %v", err)
	}
}

// A fullDisk takes so many bytes and then no more.
type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	if d.room -= n; n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func (d *fullDisk) Sync() error  { return nil }
func (d *fullDisk) Close() error { return nil }

func TestDeltaOnFullDisk(t *testing.T) {
	t.Parallel()
	b := testBase(randomPages(1, 50))
	pages := randomPages(2, 50)
	h := Header{Pages: 50}
	none := bytes.NewReader(nil)
	for room := 0; room < 50*PageSize; room += 7001 {
		err := Encode(&fullDisk{room}, h, Image{none, none, bytes.NewReader(pages)}, b)
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("with room for %d bytes: %v", room, err)
		}
	}
}

// resum gives a state the checksum that fits it.
func resum(state []byte) []byte {
	sum := newSum()
	sum.Write(state[:len(state)-4])
	return binary.LittleEndian.AppendUint32(bytes.Clone(state[:len(state)-4]), sum.Sum32())
}

// A boundedWriter fails the test when more comes than a state's header allows.
type boundedWriter struct {
	t    *testing.T
	left int64
}

func (w *boundedWriter) Write(p []byte) (int, error) {
	if w.left -= int64(len(p)); w.left < 0 {
		w.t.Fatal("more is written than the header says")
	}
	return len(p), nil
}

// FuzzDecodeState reads states of all kinds, with checksums that fit. It skips
// those that say to be large: writing them takes time and shows nothing.
func FuzzDecodeState(f *testing.F) {
	snapshot := randomPages(1, 8)
	b := testBase(snapshot)
	f.Add(encoded(f, b, nil))
	f.Add(encoded(f, b, snapshot))
	f.Add(encoded(f, b, append(make([]byte, 3*PageSize), randomPages(2, 2)...)))
	f.Add([]byte(magic + "\x02\x00\x00\x00{}1234"))
	f.Add([]byte("dsm"))
	f.Fuzz(func(t *testing.T, state []byte) {
		if len(state) >= 4 {
			state = resum(state)
		}
		h, body, err := Check(bytes.NewReader(state), int64(len(state)))
		if err != nil || h.Pages > 1<<12 || h.Checkpoint > 1<<20 || h.Meta > 1<<20 {
			return
		}
		_ = Decode(Output{
			&boundedWriter{t, h.Checkpoint}, &boundedWriter{t, h.Meta}, &boundedWriter{t, h.Pages * PageSize},
		}, h, body, b)
	})
}
