package egress

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// answerIndex answers a request to the proxy itself, which is for the index.
func (c *Client) answerIndex(ctx context.Context, stream Stream, req *http.Request) {
	x := c.proxy.opts.Index
	if !c.proxy.opts.Rules.PyPI || x == nil {
		c.refuse(stream, PyPI, &refusal{http.StatusForbidden, "the package index is not open to this session; the user can open it by starting the server with --egress pypi"})
		return
	}
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		c.refuse(stream, x.host(), &refusal{http.StatusMethodNotAllowed, "the package index can only be read"})
		return
	}
	if c.bytes.Load() >= maxBytes {
		c.refuse(stream, x.host(), errBytes)
		return
	}
	body, size, kind, err := x.open(ctx, req.URL.Path)
	if err != nil {
		c.refuse(stream, x.host(), err)
		return
	}
	defer body.Close()
	var received atomic.Int64
	resp := http.Response{StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: req, Body: body, ContentLength: size, Close: true,
		Header: http.Header{"Content-Type": {kind}}}
	_ = resp.Write(&counted{stream, c, &received}) // pip notices what is cut off
	c.logEnd(x.host(), 0, 0, received.Load())
}

// open returns what is at a path of the index.
func (x *Index) open(ctx context.Context, path string) (body io.ReadCloser, size int64, kind string, err error) {
	if name, ok := strings.CutPrefix(path, indexPath); ok {
		name = strings.TrimSuffix(name, "/")
		if !packageName.MatchString(name) {
			return nil, 0, "", errNoPackage
		}
		p, err := x.find(ctx, name)
		if err != nil {
			return nil, 0, "", err
		}
		text, err := json.Marshal(p.shown())
		return io.NopCloser(bytes.NewReader(text)), int64(len(text)), "application/vnd.pypi.simple.v1+json", err
	}
	parts := strings.Split(strings.TrimPrefix(path, filesPath), "/")
	if !strings.HasPrefix(path, filesPath) || len(parts) != 3 || !packageName.MatchString(parts[0]) || !sha256Name.MatchString(parts[1]) || !fileName.MatchString(parts[2]) {
		return nil, 0, "", &refusal{http.StatusNotFound, "the package index has pages and files of packages alone"}
	}
	body, size, err = x.openFile(ctx, parts[0], parts[1], parts[2])
	return body, size, "application/octet-stream", err
}
