package azure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/wire"
)

// operation is what the policies know of the call that they carry.
type operation struct {
	call  *call
	watch *watch
}

// newPipeline puts the policies in order: retry, token, attempt.
func newPipeline(o Options, transport policy.Transporter) runtime.Pipeline {
	perRetry := []policy.Policy{}
	if o.Credential != nil {
		perRetry = append(perRetry, policyFunc(reauthorize),
			runtime.NewBearerTokenPolicy(credential{o.Credential}, []string{wire.Scope}, &policy.BearerTokenOptions{
				InsecureAllowCredentialWithHTTP: o.Endpoint.Loopback(),
			}))
	}
	perRetry = append(perRetry, attempt{o.Logger})
	return runtime.NewPipeline("dynamic-sessions-mcp", "", runtime.PipelineOptions{
		PerCall:  []policy.Policy{userAgent(o.UserAgent)},
		PerRetry: perRetry,
	}, &policy.ClientOptions{
		Telemetry: policy.TelemetryOptions{Disabled: true},
		Transport: bounded{transport},
		Retry: policy.RetryOptions{
			MaxRetries:    int32(o.Retries),
			RetryDelay:    o.RetryDelay,
			MaxRetryDelay: o.MaxRetryDelay,
			ShouldRetry:   func(*http.Response, error) bool { return false }, // each call brings its own
		},
	})
}

// newTransport returns what carries requests unless the caller brings another.
func newTransport(to Endpoint) *http.Client {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 15 * time.Second}
	if to.plain {
		dialer.Control = loopbackOnly
	}
	return &http.Client{
		// A redirect could lead the token to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         dialer.DialContext,
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: 15 * time.Second,
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
			MaxIdleConnsPerHost: 16,
			// A connection that the service has just closed costs a run whose
			// outcome nobody knows: it must not be kept for as long as there.
			IdleConnTimeout:    30 * time.Second,
			DisableCompression: true,
			HTTP2:              &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second},
			WriteBufferSize:    64 << 10,
			ReadBufferSize:     64 << 10,
		},
	}
}

// loopbackOnly refuses connections to other machines, to which a name such as
// localhost may lead: what goes over them could be read on the way.
func loopbackOnly(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return errors.New("its name leads to another machine, to which plain HTTP is not spoken")
	}
	return nil
}

// maxErrorBody bounds what is read of an answer that is an error, all of which
// azcore reads.
const maxErrorBody = 64 << 10

// bounded is a transport whose errors are not longer than that.
type bounded struct{ policy.Transporter }

func (b bounded) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.Transporter.Do(req)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(resp.Body, maxErrorBody), resp.Body}
	}
	return resp, err
}

type policyFunc func(*policy.Request) (*http.Response, error)

func (f policyFunc) Do(req *policy.Request) (*http.Response, error) { return f(req) }

type userAgent string

func (u userAgent) Do(req *policy.Request) (*http.Response, error) {
	req.Raw().Header.Set("User-Agent", string(u))
	return req.Next()
}

// credential marks the errors of a credential.
type credential struct{ azcore.TokenCredential }

func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, o)
	if err != nil {
		return token, &credentialError{err}
	}
	return token, nil
}

// credentialError is the error of a credential.
type credentialError struct{ err error }

func (e *credentialError) Error() string { return e.err.Error() }
func (e *credentialError) Unwrap() error { return e.err }

// NonRetriable tells azcore that the credential has tried all there is.
func (*credentialError) NonRetriable() {}

// reauthorize answers one 401 with a new token: the policy of azcore behind it
// forgets its token then, but tries again only if the answer has a challenge.
func reauthorize(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	var o operation
	if err != nil || resp.StatusCode != http.StatusUnauthorized || !req.OperationValue(&o) || o.call.fixed {
		return resp, err
	}
	discard(resp)
	return req.Next()
}

// discard gives the connection of an answer back.
func discard(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // what is longer costs the connection
	_ = resp.Body.Close()
}

// attempt makes one attempt of a call: its body, and the trace that tells
// whether it was sent.
type attempt struct{ log zerolog.Logger }

func (a attempt) Do(req *policy.Request) (*http.Response, error) {
	var o operation
	if !req.OperationValue(&o) {
		return nil, errors.New("a request without its call")
	}
	c := o.call
	c.attempts++
	c.sent.Store(false)
	c.identity = claimsOf(strings.TrimPrefix(req.Raw().Header.Get("Authorization"), "Bearer "))
	req = req.WithContext(httptrace.WithClientTrace(req.Raw().Context(), &httptrace.ClientTrace{
		WroteHeaders: func() { c.sent.Store(true) },
	}))
	if c.body != nil {
		body, size, err := c.body()
		if err != nil {
			return nil, &bodyError{err}
		}
		raw := req.Raw()
		raw.Body, raw.ContentLength = &observed{body, o}, size
		if !c.fixed {
			raw.GetBody = func() (io.ReadCloser, error) {
				again, _, err := c.body()
				return &observed{again, o}, err
			}
		}
	}
	begin := time.Now()
	resp, err := req.Next()
	o.watch.progress()
	event := a.log.Debug().Str("call", c.op).Int("attempt", c.attempts).Dur("took", time.Since(begin))
	if err != nil {
		event.Msg("no answer from the pool") // the error may have the address in it
		return nil, err
	}
	event.Int("status", resp.StatusCode).Msg("answer from the pool")
	return resp, nil
}

// bodyError is a body that cannot be made, which no further attempt changes.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }
func (*bodyError) NonRetriable()   {}

// observed is a body that tells when it is read.
type observed struct {
	io.ReadCloser
	operation
}

func (b *observed) Read(p []byte) (int, error) {
	b.call.sent.Store(true)
	b.watch.progress()
	return b.ReadCloser.Read(p)
}

// context adds to ctx when to try c again.
func (c *call) context(ctx context.Context, p *Pool) context.Context {
	c.local = p.opts.Endpoint.Loopback()
	o := policy.RetryOptions{
		MaxRetries:    int32(p.opts.Retries),
		RetryDelay:    p.opts.RetryDelay,
		MaxRetryDelay: p.opts.MaxRetryDelay,
		ShouldRetry:   c.again,
	}
	return policy.WithRetryOptions(ctx, o)
}

// again says whether to try c again after what came of an attempt.
func (c *call) again(resp *http.Response, err error) bool {
	if c.once || c.fixed && c.sent.Load() {
		return false
	}
	if err != nil {
		again := !hopeless(err) && !(c.runs && c.sent.Load()) && !(c.local && errors.Is(err, syscall.ECONNREFUSED))
		c.repeated = c.repeated || again && c.sent.Load()
		return again
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		c.say("the pool is busy; trying again")
		return true
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		c.repeated = c.repeated || !c.runs
		return !c.runs
	}
	return false
}

func (c *call) say(text string) {
	if c.stage != nil {
		c.stage(text)
	}
}

// hopeless tells errors that will be the same the next time.
func hopeless(err error) bool {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return dns.IsNotFound
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return unknown || record || errors.Is(err, http.ErrSchemeMismatch)
}
