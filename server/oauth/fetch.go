package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

const (
	// fetchTime is how long the issuer may take for an answer, maxDocument how
	// long the answer may be.
	fetchTime   = 10 * time.Second
	maxDocument = 1 << 20
	// pause is how long an answer, or a failure, is reused before the next request
	// to the issuer: else every token with an invented key would cause one.
	pause = 5 * time.Second
)

// A fetcher carries requests to an issuer, within bounds. It returns whole JSON
// documents, or errors that wrap errIssuer.
type fetcher struct {
	base http.RoundTripper
	now  func() time.Time
	log  zerolog.Logger

	mu   sync.Mutex
	last map[string]answer // by URL; there are two
}

type answer struct {
	when   time.Time
	header http.Header
	body   []byte
	err    error
}

// RoundTrip implements http.RoundTripper.
func (f *fetcher) RoundTrip(r *http.Request) (*http.Response, error) {
	address := r.URL.String()
	f.mu.Lock()
	a, ok := f.last[address]
	f.mu.Unlock()
	if !ok || f.now().Sub(a.when) >= pause {
		if a = f.fetch(r); a.err != nil {
			f.log.Warn().Err(a.err).Msg("the issuer (--oauth-issuer) cannot be used")
		}
		f.mu.Lock()
		f.last[address] = a
		f.mu.Unlock()
	}
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: a.header.Clone(), Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

func (f *fetcher) fetch(r *http.Request) answer {
	a := answer{when: f.now()}
	if !private(r.URL) {
		a.err = fmt.Errorf("%w: %s is not https", errIssuer, r.URL.Redacted())
		return a
	}
	ctx, cancel := context.WithTimeout(r.Context(), fetchTime)
	defer cancel()
	response, err := f.base.RoundTrip(r.Clone(ctx))
	if err != nil {
		a.err = fmt.Errorf("%w: %w", errIssuer, err)
		return a
	}
	defer response.Body.Close()
	a.header = response.Header
	a.body, err = io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	switch {
	case err != nil:
		a.err = fmt.Errorf("%w: reading its answer: %w", errIssuer, err)
	case response.StatusCode != http.StatusOK:
		a.err = fmt.Errorf("%w: %s answers with %d", errIssuer, r.URL.Redacted(), response.StatusCode)
	case len(a.body) > maxDocument:
		a.err = fmt.Errorf("%w: %s answers with more than %d bytes", errIssuer, r.URL.Redacted(), maxDocument)
	case !json.Valid(a.body):
		a.err = fmt.Errorf("%w: %s does not answer with JSON", errIssuer, r.URL.Redacted())
	}
	return a
}

// private reports whether nobody can tamper with the answer of a URL: it is https,
// or on this machine.
func private(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback())
}
