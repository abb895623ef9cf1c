package kernel

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A fakeKernel is the other end of the pipes of a relay.
type fakeKernel struct {
	relay *relay
	out   io.Writer     // to the host
	in    *bufio.Reader // from the host
	conn  io.Reader     // what the Conn gets
}

func newFakeKernel(t testing.TB, serve func(context.Context, Stream)) *fakeKernel {
	t.Helper()
	outRead, out := net.Pipe()
	in, inWrite := net.Pipe()
	x, conn, _ := startRelay(outRead, inWrite, serve)
	context.AfterFunc(x.ctx, func() { out.Close() })
	t.Cleanup(func() {
		out.Close()
		in.Close()
		x.close()
	})
	return &fakeKernel{x, out, bufio.NewReader(in), conn}
}

func rawFrame(header string, payload []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(header)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	return append(append(b, header...), payload...)
}

func (k *fakeKernel) send(header string, payload []byte) error {
	_, err := k.out.Write(rawFrame(header, payload))
	return err
}

// ended reports whether the relay has given up the kernel.
func (k *fakeKernel) ended(t *testing.T) bool {
	t.Helper()
	select {
	case <-k.relay.ctx.Done():
		return true
	case <-time.After(5 * time.Second):
		return false
	}
}

// TestRelayAgainstKernel sends what no kernel sends: each ends the relay, and so the
// interpreter.
func TestRelayAgainstKernel(t *testing.T) {
	t.Parallel()
	hang := func(ctx context.Context, _ Stream) { <-ctx.Done() }
	data := make([]byte, maxData)
	for name, frames := range map[string][][]byte{
		"more than a window":        {rawFrame(`{"type":"data","id":1}`, data), rawFrame(`{"type":"data","id":1}`, data), rawFrame(`{"type":"data","id":1}`, data), rawFrame(`{"type":"data","id":1}`, data), rawFrame(`{"type":"data","id":1}`, []byte("x"))},
		"more than a frame":         {rawFrame(`{"type":"data","id":1}`, make([]byte, maxData+1))},
		"twice the same":            {rawFrame(`{"type":"open","id":1}`, nil)},
		"credit for nothing":        {rawFrame(`{"type":"credit","id":1,"n":1}`, nil)},
		"credit that overflows":     {rawFrame(`{"type":"credit","id":1,"n":9223372036854775807}`, nil)},
		"credit that is negative":   {rawFrame(`{"type":"credit","id":1,"n":-1}`, nil)},
		"no JSON":                   {rawFrame(`{"type":`, nil)},
		"a number of another kind":  {rawFrame(`{"type":"data","id":-1}`, nil)},
		"a header that is too long": {rawFrame(strings.Repeat(" ", maxHeader+1), nil)},
	} {
		k := newFakeKernel(t, hang)
		if err := k.send(`{"type":"open","id":1}`, nil); err != nil {
			t.Fatal(err)
		}
		for _, f := range frames {
			_, _ = k.out.Write(f) // fails once the relay has given up
			if k.relay.ctx.Err() != nil {
				break
			}
		}
		k.out.(net.Conn).Close()
		if !k.ended(t) {
			t.Errorf("%s: the relay goes on", name)
		}
	}
}

// TestRelayGoesOn sends what a kernel may send while something has just been closed.
func TestRelayGoesOn(t *testing.T) {
	t.Parallel()
	k := newFakeKernel(t, func(_ context.Context, s Stream) { _, _ = io.Copy(s, s) })
	go func() {
		for _, f := range []string{`{"type":"data","id":7}`, `{"type":"eof","id":7}`, `{"type":"credit","id":7,"n":5}`, `{"type":"close","id":7}`, `{"type":"open","id":1}`} {
			_ = k.send(f, nil)
		}
		_ = k.send(`{"type":"data","id":1}`, []byte("hello"))
		_ = k.send(`{"type":"eof","id":1}`, nil)
		_ = k.send(`{"type":"idle_report","seq":9}`, []byte("for the Conn"))
	}()
	for _, want := range []string{`{"type":"data","id":1,"n":0}hello`, `{"type":"close","id":1,"n":0}`} {
		head, size, err := readRaw(k.in)
		if err != nil {
			t.Fatal(err)
		}
		body := make([]byte, size)
		if _, err := io.ReadFull(k.in, body); err != nil || string(head[frameHead:])+string(body) != want {
			t.Errorf("got %s%s, %v, want %s", head[frameHead:], body, err, want)
		}
	}
	own := rawFrame(`{"type":"idle_report","seq":9}`, []byte("for the Conn"))
	got := make([]byte, len(own))
	if _, err := io.ReadFull(k.conn, got); err != nil || string(got) != string(own) {
		t.Errorf("the Conn got %q, %v", got, err)
	}
}

// TestRelayMemory fills as many streams as there may be, which nobody reads: what is kept
// is a window of each. One more ends the relay.
func TestRelayMemory(t *testing.T) {
	k := newFakeKernel(t, func(ctx context.Context, _ Stream) { <-ctx.Done() })
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	data := make([]byte, maxData)
	for id := range maxStreams {
		if err := k.send(fmt.Sprintf(`{"type":"open","id":%d}`, id+1), nil); err != nil {
			t.Fatal(err)
		}
		for range window / maxData {
			if err := k.send(fmt.Sprintf(`{"type":"data","id":%d}`, id+1), data); err != nil {
				t.Fatal(err)
			}
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2*maxStreams*window {
		t.Errorf("%d bytes are kept", grown)
	}
	if _ = k.send(`{"type":"open","id":99}`, nil); !k.ended(t) {
		t.Error("more streams than there may be")
	}
}

// FuzzRelay sends a relay any bytes.
func FuzzRelay(f *testing.F) {
	f.Add(append(rawFrame(`{"type":"open","id":1}`, nil), rawFrame(`{"type":"data","id":1}`, []byte("x"))...))
	f.Add(append(rawFrame(`{"type":"open","id":1}`, nil), rawFrame(`{"type":"close","id":1}`, nil)...))
	f.Add(rawFrame(`{"type":"done"}`, []byte("x")))
	f.Fuzz(func(t *testing.T, sent []byte) {
		x, conn, _ := startRelay(strings.NewReader(string(sent)), io.Discard, func(_ context.Context, s Stream) { _, _ = io.Copy(s, s) })
		_, _ = io.Copy(io.Discard, conn)
		x.close()
	})
}
