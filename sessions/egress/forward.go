package egress

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// answerTimeout is how long a host may take to begin an answer.
const answerTimeout = 120 * time.Second

// forward sends a plain request to its host, written anew, so that what one reader takes
// for two requests is one, and passes the answer back. A redirect is the code's to follow,
// and the next request is looked at like this one.
func (c *Client) forward(ctx context.Context, stream Stream, req *http.Request) {
	if req.URL.Scheme != "http" || req.URL.Opaque != "" || req.URL.User != nil {
		c.refuse(stream, "", &refusal{http.StatusBadRequest, "a proxy takes addresses such as http://api.example.com/, without the name of a user, and CONNECT for TLS"})
		return
	}
	host, port, err := c.target(ctx, req.URL.Host, 80)
	if err == nil {
		err = c.needsTLS(req)
	}
	if err != nil {
		c.refuse(stream, host, err)
		return
	}
	var sent, received atomic.Int64
	transport := &http.Transport{
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return c.proxy.dial.dial(ctx, host, port) },
		DisableKeepAlives:      true,
		DisableCompression:     true,
		ResponseHeaderTimeout:  answerTimeout,
		MaxResponseHeaderBytes: maxHead,
	}
	resp, err := transport.RoundTrip(c.rewrite(ctx, req, host, port, &sent))
	if err != nil {
		c.refuse(stream, host, unreachable(host, err))
		return
	}
	defer resp.Body.Close()
	endToEnd(resp.Header)
	resp.Close = true
	_ = resp.Write(&counted{stream, c, &received}) // what the code does not read is lost to it
	c.logEnd(host, port, sent.Load(), received.Load())
}

// rewrite makes the request that a host gets.
func (c *Client) rewrite(ctx context.Context, req *http.Request, host string, port uint16, sent *atomic.Int64) *http.Request {
	address := host
	if port != 80 {
		address = net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	out := (&http.Request{
		Method: req.Method,
		URL:    &url.URL{Scheme: "http", Host: address, Path: req.URL.Path, RawPath: req.URL.RawPath, RawQuery: req.URL.RawQuery, ForceQuery: req.URL.ForceQuery},
		Host:   address, Header: req.Header.Clone(), ContentLength: req.ContentLength, Close: true,
	}).WithContext(ctx)
	endToEnd(out.Header)
	if out.Header.Get("User-Agent") == "" {
		out.Header.Set("User-Agent", "") // none of Go's own
	}
	if req.ContentLength != 0 {
		out.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(req.Body, &counted{io.Discard, c, sent}), req.Body}
	}
	return out
}
