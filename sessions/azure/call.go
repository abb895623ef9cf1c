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

	local bool // the service is on this machine: one that is not there will not come
	runs  bool // it runs code, which must not run twice
	once  bool // whatever comes of it, it is not tried again
	names bool // it names a file or folder, so that 404 may mean that
	wait  time.Duration
	stage func(text string) // told what is waited for; may be nil

	attempts int         // begun so far
	sent     atomic.Bool // the last attempt reached the connection
	repeated bool        // an attempt before the last one may have worked
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

// A reply is an answer whose body has not been read. Close it.
type reply struct {
	*http.Response
	call  *call
	watch *watch
}

// close ends the call.
func (r *reply) close() {
	_ = r.Body.Close() // what there was to read has been
	r.watch.end()
}

// send makes the attempts of c and returns the answer if it is a success. The
// error is what callers of the Pool get.
func (p *Pool) send(ctx context.Context, c *call) (*reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w, err := p.watch(ctx, max(c.wait, p.opts.Patience))
	if err != nil {
		return nil, err
	}
	req, err := runtime.NewRequest(c.context(w.ctx, p), c.method, c.url(p.opts.Endpoint))
	if err != nil {
		w.end()
		return nil, fmt.Errorf("%w: the address of the pool cannot be used: %w", sessions.ErrUnavailable, err)
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
	resp, err := p.pipeline.Do(req)
	if err != nil {
		defer w.end()
		return nil, p.unanswered(c, w, err)
	}
	r := &reply{resp, c, w}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer r.close()
		return nil, p.refused(r)
	}
	return r, nil
}

// exchange sends c and decodes the JSON of the answer into v, or drops the
// answer if v is nil.
func (p *Pool) exchange(ctx context.Context, c *call, v any) (http.Header, error) {
	r, err := p.send(ctx, c)
	if err != nil {
		return nil, err
	}
	defer r.close()
	data, err := p.readBody(ctx, r)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return r.Header, nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return nil, p.gibberish(r, data, err)
	}
	return r.Header, nil
}

// errSilent is the cause for which a watch ends a call that hears nothing.
var errSilent = errors.New("the service has been silent for too long")

// A watch ends a call whose caller gave up, whose pool is closed, or that has
// not come on for too long.
type watch struct {
	ctx    context.Context
	caller context.Context
	limit  time.Duration
	cancel context.CancelCauseFunc
	timer  *time.Timer
	unlink func() bool
	done   func()
}

func (p *Pool) watch(ctx context.Context, limit time.Duration) (*watch, error) {
	done, err := p.enter(ctx)
	if err != nil {
		return nil, err
	}
	w := &watch{caller: ctx, limit: limit, done: done}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(limit, func() { w.cancel(errSilent) })
	w.unlink = context.AfterFunc(p.closing, func() { w.cancel(sessions.ErrClosed) })
	return w, nil
}

// progress says that the call has come on.
func (w *watch) progress() { w.timer.Reset(w.limit) }

func (w *watch) end() {
	w.timer.Stop()
	w.unlink()
	w.cancel(nil)
	w.done()
}
