package azure

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"dynamic-sessions-mcp/sessions/wire"
)

// operation is what the policies know of the call that they carry.
type operation struct {
	call  *call
	watch *watchdog
}

// newPipeline puts the policies in order: retry, token, attempt.
func (p *Pool) newPipeline(transport policy.Transporter) runtime.Pipeline {
	o := p.opts
	perRetry := []policy.Policy{policyFunc(reauthorize)}
	if o.Credential != nil {
		perRetry = append(perRetry,
			runtime.NewBearerTokenPolicy(credential{o.Credential}, []string{wire.Scope}, &policy.BearerTokenOptions{
				InsecureAllowCredentialWithHTTP: o.Endpoint.Loopback(),
			}))
	}
	perRetry = append(perRetry, attempt{p})
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
		return errors.New("its name resolves to another machine; plain HTTP is allowed only on this one")
	}
	return nil
}

// maxErrorBody bounds what is read of an answer that is an error, all of which
// azcore reads.
const maxErrorBody = 64 << 10

// bounded is a transport whose errors are not longer than that. One that is cut
// off is only shorter: its status is an answer all the same.
type bounded struct{ policy.Transporter }

func (b bounded) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.Transporter.Do(req)
	if err == nil && resp.StatusCode >= http.StatusMultipleChoices {
		resp.Body = struct {
			io.Reader
			io.Closer
		}{whole{io.LimitReader(resp.Body, maxErrorBody)}, resp.Body}
	}
	return resp, err
}

// whole takes every error of reading for the end.
type whole struct{ io.Reader }

func (w whole) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
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

// reauthorize answers one 401 with one more attempt. The policy of azcore behind
// it forgets its token then, but tries again only if the answer has a challenge;
// where no token is sent, the 401 may be that of something on the way.
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
