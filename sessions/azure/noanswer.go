package azure

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// errNoAnswer returns the error of a call that err ended before or within its
// answer.
func (p *Pool) errNoAnswer(c *call, w *watchdog, err error) error {
	if ctxErr := w.caller.Err(); ctxErr != nil {
		return ctxErr
	}
	cause := context.Cause(w.ctx)
	switch {
	case errors.Is(cause, sessions.ErrClosed):
		return sessions.ErrClosed
	case errors.Is(cause, errSilence):
		return p.errTimeout(c, c.limits.total)
	case errors.Is(err, errSilence):
		return p.errTimeout(c, c.limits.silence)
	}
	e := &serviceError{Op: c.op, kind: sessions.ErrUnavailable, cause: err}
	credential, unsigned := errors.AsType[*credentialError](err)
	cut, half := errors.AsType[*cutError](err)
	body, unmade := errors.AsType[*bodyError](err)
	switch {
	case unsigned:
		e.kind, e.Message, e.Advice = sessions.ErrUnauthorized, "could not get a token for the pool", printable(credential.Error(), 700)
		return c.unsure(e, false)
	case unmade:
		e.Message = "the request would have to be sent again, which is not possible: " + printable(body.Error(), 200)
		return c.unsure(e, false)
	case half:
		e.Message = fmt.Sprintf("the answer of %s was cut off after %d bytes", p.opts.Endpoint.host, cut.after)
		e.Advice = "Check the network, and whether there is a proxy in between"
	default:
		e.Message, e.Advice = p.networkError(err)
		if c.record.sent.Load() && c.effect != reads {
			e.Advice = "The connection broke after the request was sent"
		}
	}
	return c.unsure(e, c.record.sent.Load())
}

// errTimeout is the error of a call that was abandoned after limit.
func (p *Pool) errTimeout(c *call, limit time.Duration) error {
	e := &serviceError{
		Op: c.op, kind: sessions.ErrUnavailable, cause: errSilence,
		Message: fmt.Sprintf("%s has been silent for %s", p.opts.Endpoint.host, rounded(limit)),
	}
	switch {
	case c.record.attempts == 0:
		e.Message = fmt.Sprintf("could not get a token for %s within %s", p.opts.Endpoint.host, rounded(limit))
		e.Advice = "Check how this server signs in (--azure-credential), and the network to the sign-in service"
	case c.effect == runs && c.record.sent.Load():
		e.Advice = fmt.Sprintf("Azure stops a run after %d s, and intermediaries may close connections earlier; --async-after avoids the latter", int(sessions.MaxAzureRun.Seconds()))
	case !c.record.sent.Load():
		e.Advice = "Nothing could be sent to the pool: check the network, and whether the address is right"
	default:
		e.Advice = "Check the network, and whether there is a proxy in between"
	}
	return c.unsure(e, c.record.sent.Load())
}

// rounded returns a limit as people read it.
func rounded(limit time.Duration) time.Duration {
	if limit < time.Second {
		return limit
	}
	return limit.Round(time.Second)
}

// networkError explains a network error of the endpoint.
func (p *Pool) networkError(err error) (message, advice string) {
	host := p.opts.Endpoint.host
	var (
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
		invalid   x509.CertificateInvalidError
	)
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return fmt.Sprintf("the host %s does not exist", host),
				"Check the pool's endpoint, above all its region, and the network's DNS. The endpoint should look like " + endpointForm
		}
		return fmt.Sprintf("the host %s could not be looked up", host), "Check the network and its DNS"
	}
	switch {
	case errors.As(err, &hostname):
		return fmt.Sprintf("the certificate that %s presented is for another host", host),
			"Check the endpoint, and whether there is a proxy in between"
	case errors.As(err, &authority):
		return fmt.Sprintf("the certificate of %s is from an authority that this machine does not trust", host),
			"If a proxy or the pool uses its own authority, add that to the system's certificates, or name its file in SSL_CERT_FILE"
	case errors.As(err, &invalid):
		return fmt.Sprintf("the certificate of %s is not valid", host),
			"Check this machine's clock, the endpoint, and whether there is a proxy in between"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Sprintf("%s does not speak TLS on that port", host), "Check the endpoint's scheme and port"
	}
	if refused(err) {
		advice = "Check the endpoint and the network, such as a firewall or HTTPS_PROXY"
		if p.opts.Endpoint.Loopback() {
			advice = "Nothing listens there: start the pool, or check the port in its address"
		}
		return "the connection to " + host + " was refused", advice
	}
	return fmt.Sprintf("the connection to %s failed: %s", host, printable(innermost(err), 200)),
		"Check the network; if there is a proxy, check whether it lets " + host + " through"
}

// refused reports that nothing listens at an address. Windows has a number of its own
// for that (WSAECONNREFUSED), which no other system uses.
func refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.Errno(10061))
}

// innermost returns the text of the last error in a chain: the texts of the
// others contain the address, which contains the session's ID.
func innermost(err error) string {
	for {
		switch next := errors.Unwrap(err); {
		case next != nil:
			err = next
		default:
			return err.Error()
		}
	}
}
