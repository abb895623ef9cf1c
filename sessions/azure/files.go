package azure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// newFileCall returns a call about a file in the newer generation: its base
// name is in the path, its folder in the query.
func (p *Pool) newFileCall(op, method string, id sessions.ID, name, suffix string) *call {
	c := p.newCall(op, method, "/files/"+escape(path.Base(name))+suffix, id)
	c.version, c.names = p.flatVersion(), true
	c.query = folderQuery(path.Dir(name))
	return c
}

// folderQuery names a folder, unless it is the top one.
func folderQuery(dir string) url.Values {
	if dir == "" || dir == "." {
		return nil
	}
	return url.Values{wire.ParamPath: {dir}}
}

// missing names the file in an error that says it is not there.
func missing(err error, name string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", printable(name, 200), err)
	}
	return err
}

// Stat implements [sessions.Pool].
func (p *Pool) Stat(ctx context.Context, id sessions.ID, name string) (sessions.File, error) {
	name, err := enterFile(ctx, id, name)
	if err != nil {
		return sessions.File{}, err
	}
	c := p.newFileCall("describe a file", http.MethodGet, id, name, "")
	var e stored
	if _, err := p.exchange(ctx, c, &e); err != nil {
		return sessions.File{}, missing(err, name)
	}
	one := e.one()
	if one.empty() {
		return sessions.File{}, p.errUnexpected(c)
	}
	p.used(id)
	return one.file(name), nil
}

// enterFile checks what every call about a file begins with, and cleans the name.
func enterFile(ctx context.Context, id sessions.ID, name string) (string, error) {
	if err := check(ctx, id); err != nil {
		return "", err
	}
	return sessions.CleanName(name)
}

// Delete implements [sessions.Pool].
func (p *Pool) Delete(ctx context.Context, id sessions.ID, name string) error {
	name, err := enterFile(ctx, id, name)
	if err != nil {
		return err
	}
	c := p.newFileCall("delete a file", http.MethodDelete, id, name, "")
	c.effect = deletes
	_, err = p.exchange(ctx, c, nil)
	if errors.Is(err, fs.ErrNotExist) && c.record.repeated {
		err = nil // an attempt before, whose answer was lost, has removed it
	}
	if err != nil {
		return missing(err, name)
	}
	p.used(id)
	return nil
}

// Download implements [sessions.Pool]. The file comes as it is read; an error
// of the network in its middle is an error of reading.
func (p *Pool) Download(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
	name, err := enterFile(ctx, id, name)
	if err != nil {
		return sessions.File{}, nil, err
	}
	r, err := p.openFile(ctx, id, name)
	if err != nil {
		return sessions.File{}, nil, missing(err, name)
	}
	p.used(id)
	f := sessions.File{Name: name, Size: r.ContentLength}
	if at, err := http.ParseTime(r.Header.Get("Last-Modified")); err == nil {
		f.Modified = at
	}
	if r.ContentLength < 0 {
		about, err := p.Stat(ctx, id, name)
		if err != nil {
			r.close()
			return sessions.File{}, nil, err
		}
		f = about
	}
	return f, &download{p, r}, nil
}

// openFile asks for a file's content. In the older generation only files at
// the top have a path.
func (p *Pool) openFile(ctx context.Context, id sessions.ID, name string) (*reply, error) {
	if p.wrapped.Load() && !strings.Contains(name, "/") {
		c := p.newCall("download a file", http.MethodGet, "/files/content/"+escape(name), id)
		c.version, c.names = p.wrappedVersion(), true
		return p.open(ctx, c)
	}
	return p.open(ctx, p.newFileCall("download a file", http.MethodGet, id, name, "/content"))
}

// download reads the content of a file.
type download struct {
	pool *Pool
	*reply
}

func (d *download) Read(b []byte) (int, error) {
	n, err := d.Body.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = d.pool.errNoAnswer(d.call, d.watch, fmt.Errorf("the file was cut off: %w", err))
	}
	return n, err
}

func (d *download) Close() error {
	d.close()
	return nil
}
