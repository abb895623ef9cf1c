package egress

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
)

// maxWhole is how long a body may be for which its new length is said. Longer ones come in
// chunks.
const maxWhole = 256 << 10

// answer passes on what a host has answered, without the secrets, and reports whether
// another request may follow: not if the body of this one was not read to its end.
func (t *terminated) answer(req *http.Request, resp *http.Response, forms []form, whole bool) (more bool) {
	if resp.StatusCode < 200 {
		return t.refuse(&refusal{http.StatusBadGateway, t.host + " answers with another protocol, which nobody asked for"})
	}
	content, err := t.content(req, resp, forms)
	if err != nil {
		return t.refuse(err)
	}
	endToEnd(resp.Header)
	resp.Header.Del("Alt-Svc") // other protocols do not come through
	redactHeader(resp.Header, forms)
	more = whole && !req.Close
	chunked := t.frame(req, resp, content, &more)
	fmt.Fprintf(t.w, "HTTP/1.1 %d %s\r\n", resp.StatusCode, http.StatusText(resp.StatusCode))
	if !more {
		resp.Header.Set("Connection", "close")
	}
	if resp.Header.Write(t.w) != nil {
		return false
	}
	if _, err := io.WriteString(t.w, "\r\n"); err != nil {
		return false
	}
	if content.from == nil {
		return t.w.Flush() == nil && more
	}
	return t.passContent(content.from, chunked) == nil && more
}

// A content is the body of an answer as the code gets it.
type content struct {
	from io.Reader // nil for none
	size int64     // -1 if it is not known
}

// content returns the body without compression and secrets.
func (t *terminated) content(req *http.Request, resp *http.Response, forms []form) (content, error) {
	if req.Method == http.MethodHead || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusNotModified {
		return content{nil, resp.ContentLength}, nil
	}
	var from io.Reader = resp.Body
	size := resp.ContentLength
	switch encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unzipped, err := gzip.NewReader(from)
		if err != nil {
			return content{}, &refusal{http.StatusBadGateway, t.host + " answers with a body that is not compressed as it says"}
		}
		from, size = unzipped, -1
	default:
		return content{}, &refusal{http.StatusBadGateway, t.host + " compresses its answer though it was asked not to, in a way that cannot be looked at"}
	}
	resp.Header.Del("Content-Encoding")
	from = newRedactor(from, forms)
	if size < 0 || size > maxWhole {
		return content{from, -1}, nil
	}
	whole, err := io.ReadAll(from) // a placeholder has at most some ten times the length of what it stands for
	if err != nil {
		return content{}, &refusal{http.StatusBadGateway, t.host + " ends its answer before it is whole"}
	}
	return content{strings.NewReader(string(whole)), int64(len(whole))}, nil
}

// frame says in the head how the body ends, and reports whether it comes in chunks.
func (t *terminated) frame(req *http.Request, resp *http.Response, c content, more *bool) (chunked bool) {
	resp.Header.Del("Content-Length")
	switch {
	case c.size >= 0 && resp.StatusCode != http.StatusNoContent:
		resp.Header.Set("Content-Length", strconv.FormatInt(c.size, 10))
	case c.from == nil:
	case req.ProtoAtLeast(1, 1):
		resp.Header.Set("Transfer-Encoding", "chunked")
		return true
	default:
		*more = false
	}
	return false
}

// passContent writes a body, and what has come of it at once.
func (t *terminated) passContent(from io.Reader, chunked bool) error {
	var to io.Writer = t.w
	var end io.Closer
	if chunked {
		w := httputil.NewChunkedWriter(t.w)
		to, end = w, w
	}
	chunk := make([]byte, 32<<10)
	for {
		n, err := from.Read(chunk)
		if n > 0 {
			if _, err := to.Write(chunk[:n]); err != nil {
				return err
			}
			if err := t.w.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err // the code notices what is cut off
		}
	}
	if end != nil {
		_ = end.Close()
		_, _ = io.WriteString(t.w, "\r\n")
	}
	return t.w.Flush()
}
