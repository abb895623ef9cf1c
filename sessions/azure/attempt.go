package azure

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// attempt makes one attempt of a call: it makes the body, sees what is sent, and
// reads the answer, so that one that is lost on its way can be asked for again.
type attempt struct{ pool *Pool }

func (a attempt) Do(req *policy.Request) (*http.Response, error) {
	var o operation
	if !req.OperationValue(&o) {
		return nil, errors.New("a request without its call")
	}
	c := o.call
	c.record.attempts++
	c.record.sent.Store(false)
	c.record.identity = claimsOf(strings.TrimPrefix(req.Raw().Header.Get("Authorization"), "Bearer "))
	heard := listen(req.Raw().Context(), c.limits.silence)
	req = req.WithContext(httptrace.WithClientTrace(heard.ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { c.record.sent.Store(true) },
	}))
	if err := attach(req.Raw(), c, heard); err != nil {
		heard.end()
		return nil, &bodyError{err}
	}
	begin := time.Now()
	resp, err := req.Next()
	heard.progress()
	event := a.pool.opts.Logger.Debug().Str("call", c.op).Int("attempt", c.record.attempts).Dur("took", time.Since(begin))
	if err != nil {
		event.Msg("no answer from the pool") // the error may have the address in it
		defer heard.end()
		return nil, heard.cause(err)
	}
	event.Int("status", resp.StatusCode).Msg("answer from the pool")
	return a.receive(o, heard, resp)
}

// attach makes the body of an attempt.
func attach(raw *http.Request, c *call, heard *idleTimer) error {
	if c.body == nil {
		return nil
	}
	body, size, err := c.body()
	if err != nil {
		return err
	}
	raw.Body, raw.ContentLength = &observed{body, c, heard}, size
	if !c.fixed {
		raw.GetBody = func() (io.ReadCloser, error) {
			again, _, err := c.body()
			return &observed{again, c, heard}, err
		}
	}
	return nil
}

// receive reads an answer, unless the call's caller does that.
func (a attempt) receive(o operation, heard *idleTimer, resp *http.Response) (*http.Response, error) {
	success := resp.StatusCode >= 200 && resp.StatusCode <= 299
	resp.Body = &hearing{resp.Body, heard}
	if success && o.call.stream {
		return resp, nil
	}
	defer heard.end()
	defer resp.Body.Close()
	if !success {
		keep(resp)
		return resp, nil
	}
	data, err := a.pool.readBody(o.watch.ctx, o.call, resp)
	if err != nil {
		return nil, heard.cause(err)
	}
	return resp, a.pool.decode(o.call, resp, data)
}

// keep takes what there is of an answer that is no success off the connection.
// What is lost of it is no reason to know less of it.
func keep(resp *http.Response) {
	data, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	resp.Body = io.NopCloser(bytes.NewReader(data))
}

// bodyError is a body that cannot be made, which no further attempt changes.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }
func (*bodyError) NonRetriable()   {}

// observed is the body of a request, which tells when it is read.
type observed struct {
	io.ReadCloser
	call  *call
	heard *idleTimer
}

func (b *observed) Read(p []byte) (int, error) {
	b.call.record.sent.Store(true)
	b.heard.progress()
	return b.ReadCloser.Read(p)
}

// hearing is the body of an answer, which tells when some of it comes.
type hearing struct {
	io.ReadCloser
	heard *idleTimer
}

func (h *hearing) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.heard.progress()
	if err != nil && !errors.Is(err, io.EOF) {
		err = h.heard.cause(err)
	}
	return n, err
}

func (h *hearing) Close() error {
	err := h.ReadCloser.Close()
	h.heard.end()
	return err
}

// context adds to ctx when to try c again.
func (c *call) context(ctx context.Context, p *Pool) context.Context {
	c.local = p.opts.Endpoint.Loopback()
	return policy.WithRetryOptions(ctx, policy.RetryOptions{
		MaxRetries:    int32(p.opts.Retries),
		RetryDelay:    p.opts.RetryDelay,
		MaxRetryDelay: p.opts.MaxRetryDelay,
		ShouldRetry: func(resp *http.Response, err error) bool {
			return c.shouldRetry(resp, err) && c.inTime(resp, p.opts.RetryDelay)
		},
	})
}

// inTime reports whether there is time for one more attempt after the wait for
// it, which the retry policy of azcore takes from the answer or makes itself.
func (c *call) inTime(resp *http.Response, delay time.Duration) bool {
	if c.limits.latest.IsZero() {
		return true
	}
	wait := time.Duration(float64(delay) * 1.3 * float64(int64(1)<<min(c.record.attempts, 16)-1))
	if resp != nil {
		if asked := retryAfter(resp.Header); asked > 0 {
			wait = asked
		}
	}
	return time.Now().Add(wait).Before(c.limits.latest)
}
