package kernel

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
)

const (
	frameHead  = 8
	maxHeader  = 64 << 10
	maxPayload = 64 << 20
)

// A header is the JSON part of a frame. frames.py documents which fields each
// type of frame has.
type header struct {
	size int // of the header itself

	Type string `json:"type"`
	Seq  uint64 `json:"seq"`

	Protocol int    `json:"protocol"` // ready
	Python   string `json:"python"`
	PID      int    `json:"pid"`

	Name   string  `json:"name"`   // stream, tail
	Wait   bool    `json:"wait"`   // clear
	ID     *string `json:"id"`     // display
	Update bool    `json:"update"` // display
	Parts  parts   `json:"parts"`  // display, late_display, result
	JSON   int     `json:"json"`   // result
	Sizes  [2]int  `json:"sizes"`  // error

	Run     int   `json:"run"`      // late, late_display
	Total   int64 `json:"total"`    // late
	LeftOut int   `json:"left_out"` // late

	Idle  bool  `json:"idle"`  // idle_report
	Tasks bool  `json:"tasks"` // idle_report
	CPU   int64 `json:"cpu"`   // idle_report

	Size   int64  `json:"size"`   // shared
	Reason string `json:"reason"` // shared

	Status      string    `json:"status"`      // done
	Interrupted bool      `json:"interrupted"` // done
	Exit        int       `json:"exit"`        // done, of a command
	Contents    *contents `json:"contents"`    // done
	Stdout      written
	Stderr      written
}

// maxParts is the largest number of forms that a display has.
const maxParts = 32

// parts are the forms of a display in a frame's payload.
type parts struct {
	list []part
	many bool // there were more than maxParts, of which none is listed
}

// A part is one of these forms.
type part struct {
	mime string
	size int
}

// UnmarshalJSON reads a list of [MIME type, size]. It allocates no memory for
// more than maxParts of them.
func (p *parts) UnmarshalJSON(b []byte) error {
	*p = parts{}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return err
	}
	for d.More() {
		var one part
		if len(p.list) == maxParts {
			p.list, p.many = nil, true
			return nil
		}
		if err := d.Decode(&one); err != nil {
			return err
		}
		p.list = append(p.list, one)
	}
	return nil
}

// UnmarshalJSON reads [MIME type, size].
func (p *part) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.mime, &p.size})
}

// written is how much the code wrote to a stream, and the file that holds it.
type written struct {
	total int64
	file  string
	lines int64
}

// UnmarshalJSON reads [bytes, file name, line ends].
func (w *written) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&w.total, &w.file, &w.lines})
}

// A request is the header of a frame to the kernel.
type request struct {
	Type   string `json:"type"`
	Seq    uint64 `json:"seq"`
	Run    int    `json:"run,omitempty"` // execute, command
	Resume bool   `json:"resume,omitempty"`
	Reseed bool   `json:"reseed,omitempty"` // with Resume

	Environment map[string]string `json:"environment,omitempty"` // hello

	Release bool `json:"release,omitempty"` // idle

	Written string `json:"written,omitempty"` // share
	Mapped  string `json:"mapped,omitempty"`  // share
}

// makeFrame encodes a frame for the kernel.
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

// readFrame reads the header of the next frame; the caller reads the payload. The
// error wraps ErrDied if the input ends or fails, and ErrProtocol if what came is
// no frame.
func readFrame(r *bufio.Reader) (*header, *payload, error) {
	var sizes [frameHead]byte
	if _, err := io.ReadFull(r, sizes[:]); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrDied, err)
	}
	h, p := binary.BigEndian.Uint32(sizes[:]), binary.BigEndian.Uint32(sizes[4:])
	if h > maxHeader || p > maxPayload {
		return nil, nil, fmt.Errorf("%w: a frame of %d and %d bytes", ErrProtocol, h, p)
	}
	raw := &payload{r: r, left: int(h)}
	text, err := raw.next(raw.left)
	if err != nil {
		return nil, nil, err
	}
	var head header
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, nil, fmt.Errorf("%w: header: %w", ErrProtocol, err)
	}
	head.size = int(h)
	return &head, &payload{r: r, left: int(p)}, nil
}
