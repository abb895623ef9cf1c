package azure

import (
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// Upload implements [sessions.Pool]. The file is sent while it is read, from the
// current position of r. Only if r is an [io.Seeker] is its length sent in advance,
// and can the upload be retried. The error wraps [sessions.ErrStoreUnknown] if the
// file may be stored nevertheless.
func (p *Pool) Upload(ctx context.Context, id sessions.ID, name string, r io.Reader) (sessions.File, error) {
	name, err := enterFile(ctx, id, name)
	if err != nil {
		return sessions.File{}, err
	}
	src, err := newSource(r, p.opts.MaxUpload)
	if err != nil {
		return sessions.File{}, err
	}
	defer src.end()
	f, err := inShape(p, func(wrapped bool) (sessions.File, error) {
		return p.uploadTo(ctx, p.uploadCall(wrapped, id, name), name, src)
	})
	if err != nil {
		return sessions.File{}, err
	}
	p.used(id)
	return f, nil
}

// uploadCall returns the call that stores a file. The older generation has
// none for files in folders.
func (p *Pool) uploadCall(wrapped bool, id sessions.ID, name string) *call {
	if wrapped && !strings.Contains(name, "/") {
		c := p.newCall("upload a file", http.MethodPost, "/files/upload", id)
		c.version = p.wrappedVersion()
		return c
	}
	c := p.newCall("upload a file", http.MethodPost, "/files", id)
	c.version = p.flatVersion()
	c.query = folderQuery(path.Dir(name))
	return c
}

// storingSpeed is the least, in bytes a second, at which a service is expected to
// store what it was sent.
const storingSpeed = 8 << 20

// uploadLimits bound an upload: as long as the service takes bytes, it may take
// them; then it may be silent for as long as it takes to store so many.
func (p *Pool) uploadLimits(size int64) limits {
	storing := time.Duration(float64(max(size, 0)) / storingSpeed * float64(time.Second))
	return limits{silence: p.opts.Patience + storing, latest: time.Now().Add(callTime / 2)}
}

func (p *Pool) uploadTo(ctx context.Context, c *call, name string, src *source) (sessions.File, error) {
	boundary := "dynamic-sessions-" + string(sessions.NewID())
	c.media = "multipart/form-data; boundary=" + boundary
	head := "--" + boundary + "\r\nContent-Disposition: " + multipart.FileContentDisposition("file", path.Base(name)) +
		"\r\nContent-Type: application/octet-stream\r\n\r\n"
	tail := "\r\n--" + boundary + "--\r\n"
	c.fixed = src.seeker == nil
	c.effect, c.limits = stores, p.uploadLimits(src.size)
	c.body = func() (io.ReadCloser, int64, error) {
		file, err := src.open()
		if err != nil {
			return nil, 0, err
		}
		size := int64(-1)
		if src.size >= 0 {
			size = int64(len(head)) + src.size + int64(len(tail))
		}
		return io.NopCloser(io.MultiReader(strings.NewReader(head), file, strings.NewReader(tail))), size, nil
	}
	var s stored
	_, err := p.exchange(ctx, c, &s)
	if cause := src.failure(); cause != nil && err != nil {
		return sessions.File{}, fmt.Errorf("reading the file: %w", cause)
	}
	if err != nil {
		return sessions.File{}, err
	}
	e := s.one()
	if e.empty() {
		return sessions.File{}, p.errUnexpected(c)
	}
	f := e.file(name)
	f.Dir, f.Size = false, src.read()
	return f, nil
}
