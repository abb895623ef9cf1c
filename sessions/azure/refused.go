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
func (p *Pool) refused(c *call, r *http.Response) error {
	e := p.readError(c, r)
	wait := retryAfter(r.Header)
	switch status := r.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Advice = p.roleAdvice(status, c.record.identity)
		if e.foreign {
			e.Advice = "The answer is a web page or the like, so a proxy may have answered instead of the pool: check whether it lets " + p.opts.Endpoint.host + " through. " + e.Advice
		}
	case e.kind == sessions.ErrNotPython:
		e.Advice = "Nothing was run. " + wantPython
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		p.notFound(c, e)
	case status == http.StatusTooManyRequests:
		p.full(e, wait)
	case status == http.StatusRequestEntityTooLarge:
		if e.kind == sessions.ErrTooLarge && e.Message == "" {
			e.Advice = fmt.Sprintf("Azure takes files of up to %d bytes", wire.MaxUpload)
		}
	case status == http.StatusRequestTimeout, status == http.StatusGatewayTimeout:
		e.kind = sessions.ErrUnavailable
		e.Advice = fmt.Sprintf("An intermediary timed out. Azure limits a run to %d s, and intermediaries may allow less: with --async-after runs can take longer than those allow", wire.MaxTimeoutSeconds)
	case status == http.StatusConflict:
		e.kind = sessions.ErrUnavailable
		e.Advice = "The session is busy with something else: retry when that has ended"
	case status == http.StatusServiceUnavailable && wait > 0:
		e.Advice = "The pool asks for a retry in " + max(wait.Round(time.Second), time.Second).String()
	case status >= 300 && status <= 399:
		e.kind, e.foreign = sessions.ErrUnavailable, true
		e.Message = "the answer redirects to " + target(r.Header.Get("Location"))
		e.Advice = "Redirects are not followed, since they could lead the token to another host. If that is where the pool is, set that address as its endpoint; if it is a sign-in page, there is a proxy in between"
	}
	return c.unsure(e, mayHaveWorked(r.StatusCode))
}

// mayHaveWorked reports the statuses with which a call may have been carried out
// all the same: those of a failing service, those of an intermediary that timed
// out, and the one that points to the outcome.
func mayHaveWorked(status int) bool {
	switch status {
	case http.StatusSeeOther, http.StatusRequestTimeout, statusClientGone:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// statusClientGone is what proxies answer or log when they take their client to
// have gone.
const statusClientGone = 499

// full completes the error of a pool that has no free session, or is called too
// often.
func (p *Pool) full(e *serviceError, wait time.Duration) {
	e.kind, e.cause = sessions.ErrNoCapacity, &sessions.CapacityError{RetryAfter: wait}
	e.Advice = "All sessions of the pool are in use, or calls come too fast. Sessions become free after their cooldown; the pool's owner can raise the limit: " + p.moreSessions()
	if wait > 0 {
		e.Advice = "Retry in " + max(wait.Round(time.Second), time.Second).String() + ". " + e.Advice
	}
}

// wantPython says what a pool must be.
const wantPython = "This server needs a pool whose container type is PythonLTS: check the pool's endpoint, and the pool with: az containerapp sessionpool show --query properties.containerType"

// moreSessions is what raises the limit of the pool.
func (p *Pool) moreSessions() string {
	if p.opts.Endpoint.Azure() {
		return "az containerapp sessionpool update --max-sessions"
	}
	return "--max-sessions of the program that serves the pool"
}

// readError reads an error's body, in any of the forms that pools and their
// proxies are known to use.
func (p *Pool) readError(c *call, r *http.Response) *serviceError {
	data, _ := io.ReadAll(io.LimitReader(r.Body, maxErrorBody)) // what was cut off is still worth showing
	e := &serviceError{Op: c.op, Status: r.StatusCode}
	said, understood := readErrorBody(data)
	switch {
	case understood:
		e.Code, e.Message, e.TraceID = printable(said.code, 80), printable(said.message, 200), printable(said.trace, 80)
		e.serviceText = said.all
	case len(strings.TrimSpace(string(data))) > 0:
		e.Message, e.serviceText = quote(r.Header, data), string(data)
	}
	if e.Code == "" {
		e.Code = printable(r.Header.Get(wire.HeaderErrorCode), 80)
	}
	if e.TraceID == "" {
		e.TraceID = printable(r.Header.Get("Mise-Correlation-Id"), 80)
	}
	e.kind = sentinel(r.StatusCode, e.Code)
	if c.effect == runs && !c.shell && e.ofShell() {
		e.kind = sessions.ErrNotPython
	}
	if errors.Is(e.kind, context.Canceled) || errors.Is(e.kind, context.DeadlineExceeded) {
		e.kind = sessions.ErrUnavailable // it was not our caller's context that ended
	}
	if len(data) > 0 && !json.Valid(data) {
		// A proxy has answered, not the service.
		e.foreign = true
		if e.kind == sessions.ErrInvalidRequest {
			e.kind, e.Advice = sessions.ErrUnavailable, foreign
		}
	}
	return e
}

// sentinel is wire.Sentinel with the codes that were seen of Azure beside those
// of its documentation.
func sentinel(status int, code string) error {
	switch code {
	case "NoSessionFoundError", "SessionNotFound":
		return sessions.ErrNoSession
	case "SessionsCountExceedsLimit":
		return sessions.ErrNoCapacity
	}
	return wire.Sentinel(status, code)
}

// maybeContainers is advice on an answer that a custom container may have given.
const maybeContainers = "A pool of custom containers may give this answer too; this server needs a pool of type PythonLTS"

// foreign is the advice for an answer that a session pool would not give.
const foreign = "A session pool does not give this answer: check the endpoint, its scheme and port, and whether there is a proxy or a login page in between. " + maybeContainers + ". The endpoint should look like " + endpointForm

// errMalformed is the error of a success whose body cannot be parsed.
func (p *Pool) errMalformed(c *call, r *http.Response, data []byte, cause error) error {
	e := &serviceError{
		Op: c.op, Status: r.StatusCode, Message: quote(r.Header, data), kind: sessions.ErrUnavailable, cause: cause,
		Advice: foreign, foreign: true,
	}
	return c.unsure(e, true)
}

// errUnexpected is the error of a success whose JSON is not an answer to the call.
func (p *Pool) errUnexpected(c *call) error {
	return c.unsure(&serviceError{
		Op: c.op, Status: http.StatusOK, Message: "JSON that is not an answer to the call", Advice: foreign,
		kind: sessions.ErrUnavailable, foreign: true,
	}, true)
}

// quote shows the beginning of a body that cannot be parsed.
func quote(h http.Header, data []byte) string {
	kind := "something that cannot be parsed"
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	switch strings.TrimSpace(media) {
	case "text/html", "application/xhtml+xml":
		kind = "a web page instead of JSON"
	case "application/json":
		kind = "JSON of an unexpected form"
	}
	if len(data) == 0 {
		return "an empty body instead of JSON"
	}
	return fmt.Sprintf("%s: %q", kind, printable(string(data[:min(len(data), 800)]), 200))
}

// notFound distinguishes a missing file, a missing pool, and a pool that does not
// have the route.
func (p *Pool) notFound(c *call, e *serviceError) {
	if errors.Is(e.kind, sessions.ErrNoSession) {
		return
	}
	if e.Status == http.StatusNotFound && c.names && (e.Code != "" || e.Message == "") {
		e.kind = fs.ErrNotExist
		return
	}
	if p.opts.Endpoint.custom() && (c.effect != reads || c.path == "/files") {
		e.kind = sessions.ErrNotPython
		e.Advice = "The pool has a custom container, which does not serve " + c.path + ", so it is not a code interpreter. Nothing was run. " + wantPython
		return
	}
	e.kind = sessions.ErrUnavailable
	e.Advice = "Check the pool's endpoint: region, subscription, resource group and name must be those of a pool that exists. " + maybeContainers
	if p.opts.Endpoint.Azure() {
		e.Advice += ". The endpoint should look like " + endpointForm + "; find it with: " + findEndpoint
	}
}

// roleAdvice returns advice on getting access to the pool.
func (p *Pool) roleAdvice(status int, who Claims) string {
	switch {
	case !p.opts.Endpoint.Azure() && p.opts.Credential == nil:
		return "The pool requires a token: name the file that contains it with --pool-token-file"
	case !p.opts.Endpoint.Azure():
		return "The pool rejects this token: check the file that --pool-token-file names, or the credential"
	}
	assignee, scope := "OBJECT-ID-OF-WHO-RUNS-THIS", "RESOURCE-ID-OF-THE-POOL"
	if who.Object != "" {
		assignee = who.Object
	}
	if p.opts.Endpoint.scope != "" {
		scope = p.opts.Endpoint.scope
	}
	advice := "The caller needs the role " + wire.Role + " (" + wire.RoleID + ") on the pool: az role assignment create --role " + wire.RoleID + " --assignee " + assignee + " --scope " + scope
	if status == http.StatusUnauthorized {
		return "The pool rejects the token: it has expired, is from another tenant, or has no role. Sign in again (az login). " + advice
	}
	return advice + " ; a new assignment takes a few minutes to take effect"
}

// target says where a redirect points, without what could be a secret.
func target(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "another address"
	}
	return printable(u.Scheme+"://"+u.Host+u.Path, 200)
}

// retryAfter reads the headers with which services ask for a wait, in seconds,
// milliseconds or as a date; 0 if there is none.
func retryAfter(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if ms, err := strconv.ParseInt(h.Get(name), 10, 32); err == nil && ms > 0 {
			return time.Duration(ms) * time.Millisecond
		}
	}
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
