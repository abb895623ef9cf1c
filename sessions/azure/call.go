package azure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// A call is one request to the service, with all its attempts.
type call struct {
	op      string // what it does, for errors and the log, such as "list files"
	method  string
	path    string // escaped, below the endpoint
	version string
	id      sessions.ID // "" for calls about the pool
	query   url.Values  // beside version and ID
	header  http.Header
	body    func() (io.ReadCloser, int64, error) // makes the body of an attempt and its length, -1 if unknown
	fixed   bool                                 // the body cannot be made a second time
	media   string                               // the body's type

	effect effect
	shell  bool              // it runs a command, not code
	local  bool              // the service is on this machine: one that is not there will not come
	once   bool              // whatever comes of it, it is not tried again
	names  bool              // it names a file or folder, so that 404 may mean that
	stream bool              // its caller reads the answer; else the answer is JSON
	into   any               // what the JSON is read into; nil drops it
	stage  func(text string) // told what is waited for; may be nil

	limits limits
	record record
}

// An effect is what a call does to a session, which decides whether it is
// repeated and what is known when its answer is lost.
type effect int

const (
	reads   effect = iota // nothing: it can be repeated
	runs                  // it runs code, which must not run twice
	stores                // it stores a file: it can be repeated, once
	deletes               // it deletes a file: it can be repeated
)

// limits bound a call in time.
type limits struct {
	// silence is how long an attempt may hear nothing. Zero means until the end.
	silence time.Duration
	// total is how long all of it may take until it is answered, and end the
	// moment at which that is over. Zero means that only silence bounds it.
	total time.Duration
	end   time.Time
	// latest is when the last attempt may begin.
	latest time.Time
}

// record is what came of the attempts of a call so far.
type record struct {
	attempts int         // begun
	sent     atomic.Bool // the last attempt reached the connection
	repeated bool        // an attempt before the last one may have worked
	lost     int         // attempts that were repeated since their answer was lost
	stored   int         // attempts to store a file that reached the service, or something before it
	identity Claims      // of the token sent last
}

// jsonBody makes v the body of c.
func (c *call) jsonBody(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing a request to the pool: %w", err)
	}
	c.media = "application/json"
	c.body = func() (io.ReadCloser, int64, error) {
		return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
	}
	return nil
}

// url is the address of c below an endpoint.
func (c *call) url(e Endpoint) string {
	q := url.Values{wire.ParamVersion: {c.version}}
	if c.id != "" {
		q.Set(wire.ParamIdentifier, string(c.id))
	}
	for key, values := range c.query {
		q[key] = values
	}
	return e.base + c.path + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// escape writes a part of a path such that nothing in it has a meaning.
func escape(part string) string {
	return strings.ReplaceAll(url.QueryEscape(part), "+", "%20")
}

// exchange sends c and decodes the JSON of the answer into v, or drops the
// answer if v is nil. An answer that is lost on its way is one more reason to
// repeat c.
func (p *Pool) exchange(ctx context.Context, c *call, v any) (http.Header, error) {
	c.into = v
	resp, w, err := p.do(ctx, c)
	if err != nil {
		return nil, err
	}
	defer w.end()
	return resp.Header, nil
}

// A reply is an answer whose body has not been read. Close it.
type reply struct {
	*http.Response
	call  *call
	watch *watchdog
}

// close ends the call.
func (r *reply) close() {
	_ = r.Body.Close() // what there was to read has been
	r.watch.end()
}

// open sends c and returns the answer for its caller to read, which no longer
// has to come within the time of a call.
func (p *Pool) open(ctx context.Context, c *call) (*reply, error) {
	c.stream = true
	resp, w, err := p.do(ctx, c)
	if err != nil {
		return nil, err
	}
	w.timer.Stop()
	return &reply{resp, c, w}, nil
}

// do makes the attempts of c and returns the answer if it is a success; the
// caller must then end the watch. The error is what callers of the Pool get.
func (p *Pool) do(ctx context.Context, c *call) (*http.Response, *watchdog, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	w, err := p.watch(ctx, c.limits)
	if err != nil {
		return nil, nil, err
	}
	resp, err := p.transmit(c, w)
	if err == nil && resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return resp, w, nil
	}
	defer w.end()
	if err == nil {
		return nil, nil, p.refused(c, resp)
	}
	if known, ok := errors.AsType[*serviceError](err); ok && w.ctx.Err() == nil {
		return nil, nil, known
	}
	return nil, nil, p.errNoAnswer(c, w, err)
}

// transmit carries c through the pipeline.
func (p *Pool) transmit(c *call, w *watchdog) (*http.Response, error) {
	req, err := runtime.NewRequest(c.context(w.ctx, p), c.method, c.url(p.opts.Endpoint))
	if err != nil {
		return nil, &serviceError{Op: c.op, Message: "the address of the pool cannot be used", kind: sessions.ErrUnavailable, cause: err}
	}
	runtime.SkipBodyDownload(req)
	req.SetOperationValue(operation{c, w})
	for key, values := range c.header {
		req.Raw().Header[key] = values
	}
	req.Raw().Header.Set("Accept", "application/json, */*;q=0.5")
	if c.media != "" {
		req.Raw().Header.Set("Content-Type", c.media)
	}
	return p.pipeline.Do(req)
}
