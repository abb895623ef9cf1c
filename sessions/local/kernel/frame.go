package kernel

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	frameHead  = 8
	maxHeader  = 64 << 10
	maxPayload = 64 << 20
)

// A header is the JSON part of a frame; frames.py documents which type of frame
// has which fields.
type header struct {
	Type string `json:"type"`
	Seq  uint64 `json:"seq"`

	Protocol int    `json:"protocol"` // ready
	Python   string `json:"python"`
	PID      int    `json:"pid"`

	Name   string  `json:"name"`   // stream, tail
	ID     *string `json:"id"`     // display
	Update bool    `json:"update"` // display
	Parts  []part  `json:"parts"`  // display, result
	JSON   int     `json:"json"`   // result
	Sizes  [2]int  `json:"sizes"`  // error

	Quiet bool  `json:"quiet"` // resting
	CPU   int64 `json:"cpu"`

	Status      string `json:"status"`      // done
	Interrupted bool   `json:"interrupted"` // done
	Stdout      written
	Stderr      written
}

// A part is one form of a display in a frame's payload.
type part struct {
	mime string
	size int
}

// UnmarshalJSON takes [MIME type, size].
func (p *part) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.mime, &p.size})
}

// written is how much the code wrote to a stream, and the file that has it.
type written struct {
	total int64
	file  string
}

// UnmarshalJSON takes [bytes, file name].
func (w *written) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&w.total, &w.file})
}

// A request is the header of a frame to the kernel.
type request struct {
	Type   string `json:"type"`
	Seq    uint64 `json:"seq"`
	Resume bool   `json:"resume,omitempty"`
}

// makeFrame returns a frame as it goes to the kernel.
func makeFrame(head request, payload string) ([]byte, error) {
	h, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	b := make([]byte, frameHead, frameHead+len(h)+len(payload))
	binary.BigEndian.PutUint32(b, uint32(len(h)))
	binary.BigEndian.PutUint32(b[4:], uint32(len(payload)))
	return append(append(b, h...), payload...), nil
}

// readFrame returns the next frame. The error wraps ErrDied if the input ends
// or fails, and ErrProtocol if what came is no frame.
func readFrame(r *bufio.Reader) (*header, []byte, error) {
	var sizes [frameHead]byte
	if _, err := io.ReadFull(r, sizes[:]); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDied, err)
	}
	h, p := binary.BigEndian.Uint32(sizes[:]), binary.BigEndian.Uint32(sizes[4:])
	if h > maxHeader || p > maxPayload {
		return nil, nil, fmt.Errorf("%w: a frame of %d and %d bytes", ErrProtocol, h, p)
	}
	raw, err := readN(r, int(h))
	if err != nil {
		return nil, nil, err
	}
	var head header
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, nil, fmt.Errorf("%w: header: %w", ErrProtocol, err)
	}
	payload, err := readN(r, int(p))
	if err != nil {
		return nil, nil, err
	}
	return &head, payload, nil
}

// readN reads n bytes. It takes memory as they come, not as they are promised.
func readN(r *bufio.Reader, n int) ([]byte, error) {
	var err error
	if n <= r.Size() {
		b := make([]byte, n)
		if _, err = io.ReadFull(r, b); err == nil {
			return b, nil
		}
	} else {
		var b bytes.Buffer
		if _, err = io.CopyN(&b, r, int64(n)); err == nil {
			return b.Bytes(), nil
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, fmt.Errorf("%w: %w", ErrDied, err)
}

// split cuts a payload into its parts.
func split(parts []part, payload []byte) ([][]byte, error) {
	forms := make([][]byte, len(parts))
	for i, p := range parts {
		if p.size < 0 || p.size > len(payload) {
			return nil, fmt.Errorf("%w: a part is larger than its frame", ErrProtocol)
		}
		forms[i], payload = payload[:p.size:p.size], payload[p.size:]
	}
	if len(payload) > 0 {
		return nil, fmt.Errorf("%w: a frame is larger than its parts", ErrProtocol)
	}
	return forms, nil
}
