package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/server/jsonrpc"
)

const (
	// pauseTime is how long a body may stall, bodyTime how long it may take.
	pauseTime = 30 * time.Second
	bodyTime  = 5 * time.Minute
	// writeTime is how long a client may take to accept one write.
	writeTime = 30 * time.Second
)

// text reads the body of a request. Unless it is refused, free must be called
// when the text is no longer needed.
func (h *Handler) text(w http.ResponseWriter, r *http.Request) (text []byte, free func(), refused *refusal) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, nil, &refusal{status: http.StatusUnsupportedMediaType, text: "the Content-Type must be application/json"}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, nil, &refusal{status: http.StatusUnsupportedMediaType, text: "the body must not be compressed"}
	}
	b := body{h: h, w: w, r: r, who: principal(r)}
	if text, refused = b.read(); refused != nil {
		b.free()
		return nil, nil, refused
	}
	return text, b.free, nil
}

// parse reads the message of a body.
func parse(text []byte) (jsonrpc.Message, *refusal) {
	m, wrong := jsonrpc.Parse(text)
	if wrong != nil {
		id, _ := wrong.ID.MarshalJSON()
		return m, &refusal{status: http.StatusBadRequest, code: wrong.Error.Code, id: id, text: wrong.Error.Message}
	}
	return m, nil
}

// A body is read within bounds of length, time and memory.
type body struct {
	h    *Handler
	w    http.ResponseWriter
	r    *http.Request
	who  string
	held int64 // of the memory
}

func (b *body) read() ([]byte, *refusal) {
	length := b.r.ContentLength
	if length > b.h.opts.MaxMessage {
		return nil, b.tooLong()
	}
	end := time.Now().Add(bodyTime)
	if length > bigBody {
		if refused := b.reserve(length, end); refused != nil {
			return nil, refused
		}
	}
	control := http.NewResponseController(b.w)
	defer control.SetReadDeadline(time.Time{}) // a deadline would cancel the call
	limited := http.MaxBytesReader(b.w, b.r.Body, b.h.opts.MaxMessage)
	var text bytes.Buffer
	if length > 0 { // what grows by and by is copied again and again
		text.Grow(int(length) + bytes.MinRead)
	}
	for {
		if next := time.Now().Add(pauseTime); next.Before(end) {
			_ = control.SetReadDeadline(next)
		}
		_, err := io.CopyN(&text, limited, bigBody)
		switch {
		case errors.Is(err, io.EOF):
			return text.Bytes(), nil
		case err != nil:
			return nil, b.broken(err)
		case length < 0 && b.held == 0: // how much is to come is not known
			if refused := b.reserve(b.h.opts.MaxMessage, end); refused != nil {
				return nil, refused
			}
		}
	}
}

// reserve waits for memory. It reserves all that a body may need at once, since
// bodies that hold some and wait for more could wait for each other.
func (b *body) reserve(n int64, end time.Time) *refusal {
	ctx, cancel := context.WithDeadline(b.r.Context(), end)
	defer cancel()
	if !b.h.bodyBudget.Wait(ctx, b.who, n) {
		b.w.Header().Set("Connection", "close")
		b.w.Header().Set("Retry-After", "5")
		return &refusal{status: http.StatusServiceUnavailable, text: "too many large messages are in flight; retry shortly"}
	}
	b.held = n
	return nil
}

// free gives the memory back.
func (b *body) free() {
	b.h.bodyBudget.Give(b.who, b.held)
	b.held = 0
}

// broken is the refusal of a body that cannot be read to its end. The connection
// is closed: where the next request begins is unknown.
func (b *body) broken(err error) *refusal {
	b.w.Header().Set("Connection", "close")
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return b.tooLong()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &refusal{status: http.StatusRequestTimeout, code: mcp.PARSE_ERROR, text: "the body did not arrive in time"}
	default:
		return &refusal{status: http.StatusBadRequest, code: mcp.PARSE_ERROR, text: "the body is incomplete or does not match its headers"}
	}
}

func (b *body) tooLong() *refusal {
	b.w.Header().Set("Connection", "close")
	return &refusal{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf(
		"a message may have at most %d bytes; send large files in parts", b.h.opts.MaxMessage)}
}

// writeFor sets the deadline of one write.
func writeFor(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
}

// accepts reports whether the Accept header has one of the media types or ranges.
func accepts(r *http.Request, kinds ...string) bool {
	for _, header := range r.Header.Values("Accept") {
		for _, part := range strings.Split(header, ",") {
			kind, _, _ := strings.Cut(part, ";")
			kind = strings.ToLower(strings.TrimSpace(kind))
			for _, wanted := range kinds {
				if kind == wanted {
					return true
				}
			}
		}
	}
	return false
}

func acceptsJSON(r *http.Request) bool {
	return len(r.Header.Values("Accept")) == 0 || accepts(r, "application/json", "application/*", "*/*")
}

func acceptsEvents(r *http.Request) bool { return accepts(r, "text/event-stream") }
