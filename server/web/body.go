package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
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

// message reads the message in the body of a request.
func (h *Handler) message(w http.ResponseWriter, r *http.Request) (jsonrpc.Message, *refusal) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return jsonrpc.Message{}, &refusal{status: http.StatusUnsupportedMediaType, text: "the Content-Type must be application/json"}
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return jsonrpc.Message{}, &refusal{status: http.StatusUnsupportedMediaType, text: "the body must not be compressed"}
	}
	text, refused := h.read(w, r)
	if refused != nil {
		return jsonrpc.Message{}, refused
	}
	m, wrong := jsonrpc.Parse(text)
	if wrong != nil {
		id, _ := wrong.ID.MarshalJSON()
		return m, &refusal{status: http.StatusBadRequest, code: wrong.Error.Code, id: id, text: wrong.Error.Message}
	}
	return m, nil
}

// read reads a body within bounds of length and time.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	tooLong := &refusal{status: http.StatusRequestEntityTooLarge, text: fmt.Sprintf(
		"a message may have %d bytes; send large files in parts", h.opts.MaxMessage)}
	if r.ContentLength > h.opts.MaxMessage {
		w.Header().Set("Connection", "close")
		return nil, tooLong
	}
	end := time.Now().Add(bodyTime)
	control := http.NewResponseController(w)
	defer control.SetReadDeadline(time.Time{}) // a deadline would cancel the call
	body := http.MaxBytesReader(w, r.Body, h.opts.MaxMessage)
	var text bytes.Buffer
	for {
		if next := time.Now().Add(pauseTime); next.Before(end) {
			_ = control.SetReadDeadline(next)
		}
		_, err := io.CopyN(&text, body, 64<<10)
		var limit *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return text.Bytes(), nil
		case errors.As(err, &limit):
			return nil, tooLong
		case err != nil:
			return nil, &refusal{status: http.StatusRequestTimeout, code: mcp.PARSE_ERROR, text: "the body did not arrive in time"}
		case text.Len() > bigBody && text.Len() <= bigBody+64<<10:
			select {
			case h.big <- struct{}{}:
				defer func() { <-h.big }()
			case <-r.Context().Done():
				return nil, &refusal{status: http.StatusRequestTimeout, text: "the client has gone"}
			}
		}
	}
}

// writeFor gives the client time for one write.
func writeFor(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
}

// accepts reports whether the client takes answers of a type, named as it is or
// by one of the ranges.
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
