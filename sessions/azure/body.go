package azure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
)

const (
	// bodyStep is for how much of an answer of unknown length memory is taken at
	// a time. Answers of so much need none.
	bodyStep = 256 << 10
	// bodyCopies is how often an answer is in memory until it is understood: as
	// it came, and as what it says.
	bodyCopies = 2
)

// readBody reads an answer, within bounds and as far as the memory of the
// account of ctx goes. The error is a cutError if the answer ends too early.
func (p *Pool) readBody(ctx context.Context, c *call, r *http.Response) ([]byte, error) {
	memory := budget.FromContext(ctx)
	var data bytes.Buffer
	if known := r.ContentLength; known > bodyStep && known <= p.opts.MaxResponse {
		if !memory.Take(known * bodyCopies) {
			return nil, p.errNoMemory(c)
		}
		data.Grow(int(known) + bytes.MinRead) // what grows by and by is copied again and again
		memory = nil
	}
	for {
		n, err := io.CopyN(&data, r.Body, min(bodyStep, p.opts.MaxResponse+1-int64(data.Len())))
		switch {
		case err == io.EOF:
			return data.Bytes(), nil
		case err != nil:
			return nil, &cutError{data.Len(), err}
		case int64(data.Len()) > p.opts.MaxResponse:
			return nil, p.errAfterSend(c, fmt.Sprintf("the answer has more than %d bytes", p.opts.MaxResponse), nil)
		case !memory.Take(n * (bodyCopies + 1)): // while it grows it is there once more
			return nil, p.errNoMemory(c)
		}
	}
}

// decode reads the JSON of an answer into what c has for it.
func (p *Pool) decode(c *call, r *http.Response, data []byte) error {
	if c.into == nil {
		return nil
	}
	reflect.ValueOf(c.into).Elem().SetZero() // an attempt before may have left something
	err := json.Unmarshal(data, c.into)
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	switch {
	case err == nil:
		return nil
	case ok && len(data) > 0 && syntax.Offset == int64(len(data)) && strings.HasPrefix(syntax.Error(), "unexpected end"):
		return &cutError{len(data), io.ErrUnexpectedEOF} // without a length, an end looks like any other
	}
	return p.errMalformed(c, r, data, err)
}

// cutError is an answer that came in part.
type cutError struct {
	after int // bytes
	err   error
}

func (e *cutError) Error() string {
	return fmt.Sprintf("the answer was cut off after %d bytes: %v", e.after, e.err)
}
func (e *cutError) Unwrap() error { return e.err }

// errNoMemory is the error of an answer that memory does not suffice for.
func (p *Pool) errNoMemory(c *call) error {
	return p.errAfterSend(c, "this server is short of memory for the answer, since many large ones are in flight", nil)
}

// sizeOf is the memory that an execution takes until it is answered.
func sizeOf(x *sessions.Execution) int64 {
	n := len(x.Result) + 4*(len(x.Stdout)+len(x.Stderr)+len(x.Text))
	if x.Error != nil {
		n += 4 * (len(x.Error.Message) + len(x.Error.Traceback))
	}
	size := int64(n) + formsOf(x.Displays...)
	for _, late := range x.Late {
		size += formsOf(late.Displays...)
	}
	return size
}

// formsOf is how many bytes displays have.
func formsOf(displays ...sessions.Display) (n int64) {
	for _, d := range displays {
		for kind, form := range d.Data {
			n += int64(len(kind) + len(form))
		}
	}
	return n
}
