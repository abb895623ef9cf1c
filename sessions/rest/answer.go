package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

var supportedVersions = strings.Join([]string{wire.Version20240202, wire.Version20240802,
	wire.Version20241002, wire.Version20250202, wire.Version20251002}, ", ")

// writeTime returns how long a client may take to read an answer of size bytes.
func writeTime(size int64) time.Duration {
	const slowest = 64 << 10 // bytes in a second
	return time.Minute + time.Duration(size/slowest)*time.Second
}

// answer sends value as JSON, numbered as the service does; see wire.Numbered.
func (c *call) answer(status int, value any) error {
	body, err := marshal(wire.Numbered(value))
	if err != nil {
		return err
	}
	c.send(status, body)
	return nil
}

// answerRun sends the answer to a run as JSON, with the large values that s holds
// for it.
func (c *call) answerRun(run timedRun, s *splice, value any) error {
	if err := s.encode(value); err != nil {
		return err
	}
	maps.Copy(c.w.Header(), run.header())
	c.sendSpliced(s)
	return nil
}

// sendSpliced sends an answer that is encoded.
func (c *call) sendSpliced(s *splice) {
	c.head(http.StatusOK, s.size())
	_ = s.writeTo(c.w) // a caller that has disconnected is not our failure
}

// marshal returns a value as JSON in the form of the service, without a line end.
func marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (c *call) send(status int, body []byte) {
	c.head(status, int64(len(body)))
	_, _ = c.w.Write(body) // a caller that has disconnected is not our failure
}

// head writes the head of a JSON answer of size bytes.
func (c *call) head(status int, size int64) {
	c.deadline(size)
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	c.w.WriteHeader(status)
}

// deadline bounds how long the answer may take. Writers without deadlines, such
// as those of tests, have none.
func (c *call) deadline(size int64) {
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(writeTime(size)))
}

// A failure is an error with its own form on the wire, instead of that of
// wire.Status.
type failure struct {
	status                int
	code, target, message string
	allow                 string // methods, for a 405
}

func (f *failure) Error() string { return f.message }

// refuse returns the error for an invalid request; target names the part that is
// wrong.
func refuse(code, target, message string) error {
	return &failure{status: http.StatusBadRequest, code: code, target: target, message: message}
}

// fail answers with an error.
func (c *call) fail(err error) {
	if errors.Is(err, context.Canceled) && errors.Is(context.Cause(c.r.Context()), sessions.ErrClosed) {
		err = sessions.ErrClosed
	}
	var f *failure
	if !errors.As(err, &f) {
		f = c.translate(err)
	}
	header := c.w.Header()
	if f.status == http.StatusTooManyRequests {
		header.Set("Retry-After", strconv.Itoa(retryAfter(err)))
	}
	for _, name := range []string{"Content-Range", "Accept-Ranges", "Last-Modified", "Etag"} {
		header.Del(name)
	}
	header.Set(wire.HeaderErrorCode, f.code)
	if f.allow != "" {
		header.Set("Allow", f.allow)
	}
	body, err := marshal(wire.Envelope{Error: wire.Error{Code: f.code, Message: f.message, Target: f.target, TraceID: c.trace()}})
	if err != nil {
		panic(err) // strings cannot fail
	}
	c.send(f.status, body)
}

// translate returns the form of a pool's error on the wire.
func (c *call) translate(err error) *failure {
	status, code := wire.Status(err)
	f := &failure{status: status, code: code, message: err.Error()}
	switch {
	case status == http.StatusInternalServerError:
		c.opts.Logger.Error().Str("trace", c.trace()).Str("route", c.matched.route.pattern).Err(err).Msg("a call of the REST API failed")
		f.message = "the service failed; its log has the reason under this answer's trace ID"
	case errors.Is(err, sessions.ErrInvalidID):
		f.target = wire.ParamIdentifier
	}
	return f
}

// retryAfter returns after how many seconds a caller may retry.
func retryAfter(err error) int {
	const unknown = 10
	var full *sessions.CapacityError
	if !errors.As(err, &full) || full.RetryAfter <= 0 {
		return unknown
	}
	return int(math.Ceil(full.RetryAfter.Seconds()))
}
