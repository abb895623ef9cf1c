package egress

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// prepare makes the request that the host gets, with its secrets in the place of their
// placeholders: in the values of headers, also in the base64 of Basic, and in the query.
// They are in no path and no body, which hosts store and show to others: code could have a
// host publish what it must not know.
func (t *terminated) prepare(ctx context.Context, req *http.Request) (*http.Request, *filling, error) {
	if err := t.check(req); err != nil {
		return nil, nil, err
	}
	address := t.host
	if t.port != securePort {
		address = net.JoinHostPort(t.host, strconv.Itoa(int(t.port)))
	}
	f := &filling{own: t.own}
	out := (&http.Request{
		Method: req.Method, ProtoMajor: 1, ProtoMinor: 1,
		URL: &url.URL{Scheme: "https", Host: address, Path: req.URL.Path, RawPath: req.URL.RawPath, ForceQuery: req.URL.ForceQuery,
			RawQuery: f.text(req.URL.RawQuery, url.QueryEscape)},
		Host: address, Header: req.Header.Clone(), ContentLength: req.ContentLength,
	}).WithContext(ctx)
	endToEnd(out.Header)
	f.header(out.Header)
	out.Header.Del("Expect")
	if waits(req) {
		out.Header.Set("Expect", "100-continue")
	}
	// What is compressed could not be looked at.
	out.Header.Set("Accept-Encoding", "identity")
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", "") // none of Go's own
	}
	return out, f, nil
}

// check refuses a request that is for another host, that is no plain request, or whose
// placeholders are where no secret goes.
func (t *terminated) check(req *http.Request) error {
	if !strings.HasPrefix(req.RequestURI, "/") || req.URL.Host != "" {
		return &refusal{http.StatusBadRequest, "inside of TLS a request names a path, such as GET /, and the host in its head"}
	}
	name, port, hasPort := strings.Cut(req.Host, ":")
	host, err := canonical(name)
	if err != nil || host != t.host || hasPort && port != strconv.Itoa(int(t.port)) {
		return &refusal{http.StatusMisdirectedRequest, "the head of the request names another host than " + t.host + ", to which this connection goes"}
	}
	if req.Header.Get("Upgrade") != "" {
		return &refusal{http.StatusNotImplemented, t.host + " has a secret, and a connection with it cannot become a websocket: what it answers could not be looked at"}
	}
	for _, text := range texts(req.Header, req.URL) {
		if h, ok := t.client.vault.foreign(text, t.own); ok {
			return &refusal{http.StatusForbidden, fmt.Sprintf("the secret %s is for %s alone, and not for %s", h.Name, h.Host(), t.host)}
		}
	}
	for _, h := range t.own {
		if strings.Contains(req.URL.EscapedPath(), h.placeholder) {
			return &refusal{http.StatusForbidden, fmt.Sprintf("the secret %s goes into headers and the query of a request, and not into its path", h.Name)}
		}
	}
	return nil
}

// waits reports whether the code waits for a word of the host before it sends the body.
func waits(req *http.Request) bool {
	return req.ContentLength != 0 && strings.EqualFold(req.Header.Get("Expect"), "100-continue")
}

// needsTLS refuses a plain request that has a placeholder: whoever carries it could read
// the secret.
func (c *Client) needsTLS(req *http.Request) error {
	for _, text := range texts(req.Header, req.URL) {
		if h, ok := c.vault.foreign(text, nil); ok {
			return &refusal{http.StatusForbidden, fmt.Sprintf("the secret %s is not sent over plain HTTP; write https://%s", h.Name, h.Host())}
		}
	}
	return nil
}
