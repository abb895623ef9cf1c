package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// refused returns the error of an answer that is not a success.
func (p *Pool) refused(r *reply) error {
	e := p.readError(r)
	switch r.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Advice = p.roleAdvice(r.StatusCode, r.call.identity)
	case http.StatusNotFound:
		p.notFound(r.call, e)
	case http.StatusTooManyRequests:
		wait := retryAfter(r.Header)
		e.kind, e.cause = sessions.ErrNoCapacity, &sessions.CapacityError{RetryAfter: wait}
		e.Advice = "All sessions that the pool may hold are in use, or calls come too fast. Sessions are free again after their cooldown; the owner can raise the limit: " + p.moreSessions()
		if wait > 0 {
			e.Advice = "Try again in " + wait.Round(time.Second).String() + ". " + e.Advice
		}
	case http.StatusRequestEntityTooLarge:
		if e.kind == sessions.ErrTooLarge && e.Message == "" {
			e.Advice = fmt.Sprintf("Azure takes files of up to %d bytes", wire.MaxUpload)
		}
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		e.kind = sessions.ErrUnavailable
		e.Advice = fmt.Sprintf("An intermediary gave up waiting. Azure lets a run take at most %d s, and intermediaries may allow less: --async-after lets runs outlast them", wire.MaxTimeoutSeconds)
	case http.StatusConflict:
		e.kind = sessions.ErrUnavailable
		e.Advice = "The session is busy with something else: try again when that has ended"
	default:
		if r.StatusCode >= 300 && r.StatusCode < 400 {
			e.kind = sessions.ErrUnavailable
			e.Message = "it points to " + target(r.Header.Get("Location"))
			e.Advice = "Redirects are not followed, since they could lead the token to another host. If that is where the pool is, set it as its endpoint"
		}
	}
	if r.call.runs && r.StatusCode >= 500 {
		e.kind = sessions.ErrOutcomeUnknown
		e.Advice = strings.TrimPrefix(e.Advice+". The code may have run, in part or to its end", ". ")
	}
	return e
}

// moreSessions is what raises the limit of the pool.
func (p *Pool) moreSessions() string {
	if p.opts.Endpoint.Azure() {
		return "az containerapp sessionpool update --max-sessions"
	}
	return "--max-sessions of the program that serves the pool"
}

// readError reads an error's body.
func (p *Pool) readError(r *reply) *Error {
	data, _ := io.ReadAll(io.LimitReader(r.Body, maxErrorBody)) // what was cut off is still worth showing
	e := &Error{Op: r.call.op, Status: r.StatusCode}
	var envelope wire.Envelope
	switch {
	case json.Unmarshal(data, &envelope) == nil && (envelope.Error.Code != "" || envelope.Error.Message != ""):
		e.Code = printable(envelope.Error.Code, 80)
		e.Message = printable(envelope.Error.Message, 200)
		e.TraceID = printable(envelope.Error.TraceID, 80)
	case len(strings.TrimSpace(string(data))) > 0:
		e.Message = quote(r.Header, data)
	}
	if e.TraceID == "" {
		e.TraceID = printable(r.Header.Get("Mise-Correlation-Id"), 80)
	}
	e.kind = wire.Sentinel(r.StatusCode, e.Code)
	if errors.Is(e.kind, context.Canceled) || errors.Is(e.kind, context.DeadlineExceeded) {
		e.kind = sessions.ErrUnavailable // it was not our caller's context that ended
	}
	if e.kind == sessions.ErrInvalidRequest && len(data) > 0 && !json.Valid(data) {
		// Not the service has looked at the call, but something before it.
		e.kind, e.Advice = sessions.ErrUnavailable, foreign
	}
	return e
}

// foreign is the advice for an answer that a session pool would not give.
const foreign = "That is no answer of a session pool: check the endpoint, its scheme and port, and whether a proxy or a login page stands in between. It looks like " + Form

// gibberish is the error of a success whose body is not what it should be.
func (p *Pool) gibberish(r *reply, data []byte, cause error) error {
	e := &Error{
		Op: r.call.op, Status: r.StatusCode, Message: quote(r.Header, data), kind: sessions.ErrUnavailable, cause: cause,
		Advice: foreign,
	}
	if r.call.runs {
		e.kind = sessions.ErrOutcomeUnknown
	}
	return e
}

// strange is the error of a success whose body is JSON of something else.
func (p *Pool) strange(c *call) error {
	return &Error{
		Op: c.op, Status: http.StatusOK, Message: "with JSON that does not answer the call", Advice: foreign,
		kind: sessions.ErrUnavailable,
	}
}

// quote shows the beginning of a body that is not understood.
func quote(h http.Header, data []byte) string {
	kind := "something that is not understood"
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch strings.TrimSpace(media) {
	case "text/html", "application/xhtml+xml":
		kind = "a web page instead of JSON"
	case "application/json":
		kind = "JSON that is not understood"
	}
	if len(data) == 0 {
		return "with nothing where JSON should be"
	}
	return fmt.Sprintf("with %s: %q", kind, printable(string(data[:min(len(data), 800)]), 200))
}

// notFound tells a missing file from a missing pool.
func (p *Pool) notFound(c *call, e *Error) {
	if e.kind == sessions.ErrNoSession {
		return
	}
	if c.names && (e.Code != "" || e.Message == "") {
		e.kind = fs.ErrNotExist
		return
	}
	e.kind = sessions.ErrUnavailable
	e.Advice = "Check the pool's endpoint: region, subscription, resource group and name must be those of a pool that exists"
	if p.opts.Endpoint.Azure() {
		e.Advice += ". It looks like " + Form + "; find it with: " + FindEndpoint
	}
}

// roleAdvice says how to get access to the pool.
func (p *Pool) roleAdvice(status int, who Claims) string {
	switch {
	case !p.opts.Endpoint.Azure() && p.opts.Credential == nil:
		return "It wants a token: name the file that holds it with --pool-token-file"
	case !p.opts.Endpoint.Azure():
		return "It does not take this token: check the file that --pool-token-file names, or the credential"
	}
	assignee, scope := "OBJECT-ID-OF-WHO-RUNS-THIS", "RESOURCE-ID-OF-THE-POOL"
	if who.Object != "" {
		assignee = who.Object
	}
	if p.opts.Endpoint.scope != "" {
		scope = p.opts.Endpoint.scope
	}
	advice := "It takes the role " + wire.Role + " (" + wire.RoleID + ") on the pool: az role assignment create --role " + wire.RoleID + " --assignee " + assignee + " --scope " + scope
	if status == http.StatusUnauthorized {
		return "The token is not accepted: expired, of another tenant, or without a role. Sign in again (az login). " + advice
	}
	return advice + " ; a new assignment takes some minutes to work"
}

// target says where a redirect points, without what could be a secret.
func target(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "another address"
	}
	return printable(u.Scheme+"://"+u.Host+u.Path, 200)
}

// retryAfter reads the header, in seconds or as a date; 0 if there is none.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
