package kernel

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const (
	// window is how many bytes of a stream may be under way in one direction that the
	// other end has not used yet. The kernel has the same.
	window = 256 << 10
	// maxStreams is how many streams a session may have at a time. What they hold here is
	// at most a window of each.
	maxStreams = 32
	// maxServing is how many may be served at a time, with those that have just ended.
	maxServing = 4 * maxStreams
	// maxData is the most that one frame has of a stream, so that others wait for no more.
	maxData = 64 << 10
)

// A Stream is a connection that code in the session has opened to the relay in its
// sandbox. Its methods may be called concurrently. Reading and writing fail when the code,
// or the session, has ended it.
type Stream interface {
	io.ReadWriteCloser
	// CloseWrite says that nothing more is written; reading goes on.
	CloseWrite() error
}

// A relay shares the two pipes between a Conn and the streams of the session. It reads all
// that the kernel sends at once, and keeps of each stream no more than a window; a stream
// that nobody reads holds back its own sender alone. Frames that are the Conn's are passed
// on to it, and hold back the rest while it does not read.
type relay struct {
	serve  func(context.Context, Stream)
	source io.Reader
	conn   net.Conn // to the Conn
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	writing sync.Mutex // guards w: one frame at a time
	w       io.Writer

	mu      sync.Mutex
	streams map[uint64]*connection
	serving int // streams that are served, also those that the code has closed
	ended   bool
}

// startRelay puts a relay between the pipes of a kernel and what it returns.
func startRelay(r io.Reader, w io.Writer, serve func(context.Context, Stream)) (*relay, io.Reader, io.Writer) {
	near, far := net.Pipe()
	x := &relay{serve: serve, source: r, conn: near, w: w, streams: map[uint64]*connection{}}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	x.work.Go(x.read)
	return x, far, frameWriter{x}
}

// frameWriter is the pipe to the kernel for a Conn, which writes whole frames.
type frameWriter struct{ relay *relay }

func (f frameWriter) Write(frame []byte) (int, error) {
	f.relay.writing.Lock()
	defer f.relay.writing.Unlock()
	return f.relay.w.Write(frame)
}

// close ends all streams, and waits until nothing is left of the relay.
func (x *relay) close() {
	unblock(x.source)
	x.end()
	x.work.Wait()
}

func (x *relay) end() {
	x.cancel()
	x.conn.Close()
	x.mu.Lock()
	streams := x.streams
	x.streams, x.ended = nil, true
	x.mu.Unlock()
	for _, s := range streams {
		s.gone()
	}
}

// read reads what the kernel sends, until that ends.
func (x *relay) read() {
	defer x.end()
	r := bufio.NewReaderSize(x.source, 64<<10)
	limit := headerLimiter{began: time.Now()}
	for {
		head, size, err := readRaw(r)
		if err != nil {
			return
		}
		var h relayed
		if err := json.Unmarshal(head[frameHead:], &h); err != nil {
			return
		}
		if !h.relayed() {
			if _, err := x.conn.Write(head); err != nil {
				return
			}
			if _, err := io.CopyN(x.conn, r, size); err != nil {
				return
			}
			continue
		}
		limit.wait(len(head))
		if size > maxData || x.take(h, &payload{r: r, left: int(size)}) != nil {
			return
		}
	}
}

// readRaw reads the sizes and the header of a frame, and returns the size of its payload.
func readRaw(r *bufio.Reader) (head []byte, size int64, err error) {
	var sizes [frameHead]byte
	if _, err := io.ReadFull(r, sizes[:]); err != nil {
		return nil, 0, err
	}
	h, p := binary.BigEndian.Uint32(sizes[:]), binary.BigEndian.Uint32(sizes[4:])
	if h > maxHeader || p > maxPayload {
		return nil, 0, ErrProtocol
	}
	head = make([]byte, frameHead+int(h))
	copy(head, sizes[:])
	_, err = io.ReadFull(r, head[frameHead:])
	return head, int64(p), err
}

// A relayed is the header of a frame of a stream.
type relayed struct {
	Type string `json:"type"`
	ID   uint64 `json:"id"`
	N    int64  `json:"n"` // credit
}

func (h relayed) relayed() bool {
	switch h.Type {
	case "open", "data", "eof", "close", "credit":
		return true
	}
	return false
}

// take handles a frame of a stream. A stream that is not there has been closed from here
// while the frame was under way.
func (x *relay) take(h relayed, p *payload) error {
	data, err := p.next(p.left)
	if err != nil {
		return err
	}
	if h.Type == "open" {
		return x.open(h.ID)
	}
	x.mu.Lock()
	s := x.streams[h.ID]
	x.mu.Unlock()
	if s == nil {
		return nil
	}
	switch h.Type {
	case "data":
		return s.received(data)
	case "eof":
		s.receivedEnd()
	case "credit":
		return s.grant(h.N)
	case "close":
		x.forget(s)
		s.gone()
	}
	return nil
}

// open has a new stream served. The kernel opens no more than there may be: it counts them
// itself.
func (x *relay) open(id uint64) error {
	s := &connection{relay: x, id: id, credit: window}
	s.changed.L = &s.mu
	ctx, cancel := context.WithCancel(x.ctx)
	s.cancel = cancel
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, taken := x.streams[id]; taken || len(x.streams) >= maxStreams || x.serving >= maxServing {
		cancel()
		return fmt.Errorf("%w: more streams than there may be", ErrProtocol)
	}
	if x.ended {
		cancel()
		return nil
	}
	x.streams[id] = s
	x.serving++
	x.work.Go(func() {
		defer x.served()
		defer s.Close()
		x.serve(ctx, s)
	})
	return nil
}

func (x *relay) served() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.serving--
}

func (x *relay) forget(s *connection) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.streams, s.id)
}

// send sends a frame of a stream to the kernel, and waits until it is in the pipe.
func (x *relay) send(h relayed, data []byte) error {
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	frame := make([]byte, frameHead, frameHead+len(head)+len(data))
	binary.BigEndian.PutUint32(frame, uint32(len(head)))
	binary.BigEndian.PutUint32(frame[4:], uint32(len(data)))
	_, err = frameWriter{x}.Write(append(append(frame, head...), data...))
	return err
}
