package azure

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"

	"dynamic-sessions-mcp/sessions"
)

// A verdict is the outcome of one attempt.
type verdict int

const (
	final       verdict = iota // the pool has answered, or a retry would not change anything
	unsent                     // the service did not receive it
	throttled                  // the service refused it for the moment
	transient                  // it may have worked; the service failed or the connection broke
	answerLost                 // it may have worked; the answer was lost, or is not from a pool
	misdirected                // something on the way redirected it
)

// shouldRetry reports whether to retry c after an attempt.
func (c *call) shouldRetry(resp *http.Response, err error) bool {
	if c.once || c.fixed && c.record.sent.Load() {
		return false
	}
	v := c.judge(resp, err)
	if c.effect == stores && v != unsent {
		if c.record.stored++; c.record.stored > 1 {
			return false // a file may be large
		}
	}
	switch v {
	case unsent:
		return true
	case throttled:
		c.say("the pool is busy; retrying")
		return true
	case transient:
		c.record.repeated = c.record.repeated || c.effect != runs
		return c.effect != runs
	case answerLost:
		if c.effect == runs || c.record.lost > 0 {
			return false
		}
		c.record.lost++
		c.record.repeated = true
		return true
	case misdirected:
		c.record.lost++
		return c.effect != runs && c.record.lost == 1
	}
	return false
}

// judge returns the verdict on an attempt.
func (c *call) judge(resp *http.Response, err error) verdict {
	if err == nil {
		return judgeStatus(resp.StatusCode)
	}
	refusal, known := errors.AsType[*serviceError](err)
	_, cut := errors.AsType[*cutError](err)
	switch {
	case known && refusal.foreign, cut, errors.Is(err, errSilence):
		return answerLost
	case known, permanent(err), c.local && refused(err):
		return final
	case !c.record.sent.Load():
		return unsent
	}
	return transient
}

func judgeStatus(status int) verdict {
	switch status {
	case http.StatusTooManyRequests:
		return throttled
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return transient
	}
	if status >= 300 && status <= 399 { // pools do not redirect
		return misdirected
	}
	return final
}

func (c *call) say(text string) {
	if c.stage != nil {
		c.stage(text)
	}
}

// unsure marks the error of a call that may have worked all the same: in its last
// attempt, if last is set, or in an earlier one. Callers must not assume that
// nothing happened.
func (c *call) unsure(e *serviceError, last bool) *serviceError {
	if !last && !c.record.repeated {
		return e
	}
	more := ""
	switch c.effect {
	case runs:
		e.kind, more = sessions.ErrOutcomeUnknown, "The code may have run, in part or to its end"
	case stores:
		e.kind, more = sessions.ErrStoreUnknown, "The file may be stored"
	case deletes:
		more = "The file may be deleted"
	}
	switch {
	case more != "" && e.Advice != "":
		e.Advice += ". " + more
	case more != "":
		e.Advice = more
	}
	return e
}

// permanent reports errors that a retry would only repeat.
func permanent(err error) bool {
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
