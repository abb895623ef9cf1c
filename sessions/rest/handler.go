package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/budget"
	"dynamic-sessions-mcp/sessions/wire"
)

// Options configure a Handler.
type Options struct {
	// RequireVersion refuses calls without an api-version, as Azure does.
	RequireVersion bool
	// MaxUpload is the size of the largest file in bytes; 0 means
	// wire.MaxUpload. It only avoids reading what the pool would refuse.
	MaxUpload int64
	// Metadata returns the answer to GET /metadata; nil means that the route is
	// not supported. It may be called concurrently.
	Metadata func() wire.Metadata
	Logger   zerolog.Logger
}

// A lister is a pool that can enumerate its sessions, which GET /listSessions
// needs.
type lister interface {
	// Sessions returns the sessions that exist, in order of creation.
	Sessions(ctx context.Context) ([]sessions.Session, error)
}

// A Handler serves a pool. It is safe for concurrent use. Close it after the
// HTTP server has ended and before the pool is closed.
type Handler struct {
	pool           sessions.Pool
	opts           Options
	operations     *operations
	stops          stops
	outputs        outputs
	routes         []route
	responseBudget *budget.Shares // memory for answers, in bytes
}

// New returns a handler that serves pool, which stays the caller's.
func New(pool sessions.Pool, opts Options) *Handler {
	if opts.MaxUpload == 0 {
		opts.MaxUpload = wire.MaxUpload
	}
	return &Handler{
		pool: pool, opts: opts,
		operations:     newOperations(),
		routes:         routes(),
		responseBudget: budget.New(budget.AnswerMemory),
	}
}

// Close interrupts the asynchronous executions that run, waits for them and
// forgets all of them. The error is always nil.
func (h *Handler) Close() error {
	h.operations.close()
	h.responseBudget.Close()
	return nil
}

// ServeHTTP answers one call. It does not check who makes it.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handle(w, r, (*call).serve) }

// Refuse answers a call that may not reach the pool: with an error envelope, as
// ServeHTTP answers one that fails. status is 401, 403 or 503, and target names
// the part of the request to blame, if there is one.
func (h *Handler) Refuse(w http.ResponseWriter, r *http.Request, status int, target, message string) {
	codes := map[int]string{
		http.StatusUnauthorized: wire.CodeUnauthorized, http.StatusForbidden: wire.CodeForbidden,
		http.StatusServiceUnavailable: wire.CodeUnavailable,
	}
	h.handle(w, r, func(*call) error {
		return &failure{status: status, code: codes[status], target: target, message: message}
	})
}

// handle answers one call by serve.
func (h *Handler) handle(w http.ResponseWriter, r *http.Request, serve func(*call) error) {
	begin := time.Now()
	memory := h.responseBudget.Open()
	defer memory.Close() // when the caller has taken the answer
	r = r.WithContext(budget.WithAccount(r.Context(), memory))
	c := &call{Handler: h, w: &response{ResponseWriter: w}, r: r, correlation: newGUID(), begin: begin}
	defer c.finish()
	// The answer to an earlier call on this connection may have left its own.
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{})
	if r.Body != http.NoBody {
		// Before an answer goes out, net/http waits for what a call has left of
		// its body.
		_ = control.SetReadDeadline(begin.Add(readPause))
	}
	c.w.Header().Set(wire.HeaderCorrelation, c.correlation)
	c.w.Header().Set(wire.HeaderVersions, supportedVersions)
	c.w.Header().Set("X-Content-Type-Options", "nosniff")
	c.w.Header().Set("Cache-Control", "no-store")
	if err := serve(c); err != nil {
		c.discard()
		c.fail(err)
	}
}

// serve finds the route and follows it.
func (c *call) serve() error {
	found, err := find(c.routes, c.r)
	if err != nil {
		return err
	}
	c.matched = found
	if found.route.bare {
		return found.route.serve(c)
	}
	if c.query, err = parseQuery(c.r.URL.RawQuery); err != nil {
		return err
	}
	if c.opts.RequireVersion && c.query.version == "" && !found.route.unversioned {
		return refuse(wire.CodeValidationFailed, wire.ParamVersion,
			"the query has no api-version; add one, such as api-version="+wire.Version20251002)
	}
	if c.matched.route.identified {
		if c.id, err = c.query.session(); err != nil {
			return err
		}
	}
	return c.matched.route.serve(c)
}

// A call is one request on its way.
type call struct {
	*Handler
	w *response
	r *http.Request
	// correlation is a GUID that the answer and the log have in common.
	correlation string
	begin       time.Time
	matched     match
	query       query
	id          sessions.ID // if the route is identified
	late        bool        // the body did not come in time
}

// trace is the correlation as errors and the log have it, without dashes.
func (c *call) trace() string { return strings.ReplaceAll(c.correlation, "-", "") }

// finish logs the call and turns a panic into an answer.
func (c *call) finish() {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		c.logPanic(p)
		if c.w.status != 0 {
			panic(http.ErrAbortHandler) // what was sent must not look complete
		}
		c.fail(errPanic)
	}
	c.opts.Logger.Debug().Str("trace", c.trace()).Str("method", c.r.Method).Str("route", c.matched.route.pattern).
		Int("status", c.w.status).Dur("took", time.Since(c.begin)).Msg("REST call")
}

var errPanic = errors.New("a bug in this program")

// logPanic logs where the program is wrong. What the panic says could hold what
// a caller sent.
func (c *call) logPanic(p any) {
	c.opts.Logger.Error().Str("trace", c.trace()).Str("panic", fmt.Sprintf("%T", p)).
		Bytes("stack", debug.Stack()).Msg("a bug in this program")
}
