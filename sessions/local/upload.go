package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"dynamic-sessions-mcp/sessions"
)

// partialPrefix begins the names of files whose upload is not complete.
const partialPrefix = ".upload-"

// Upload implements [sessions.Pool].
func (p *Pool) Upload(ctx context.Context, id sessions.ID, name string, r io.Reader) (f sessions.File, err error) {
	err = p.withFile(ctx, id, name, func(s *session, name string) error {
		u := &upload{pool: p, root: s.box.root, room: p.opts.Disk - s.box.usage().bytes}
		if f, err = u.store(ctx, name, r); err == nil {
			s.arrivals.add(f)
		}
		return err
	})
	return f, err
}

// An upload is one file on its way into a session.
type upload struct {
	pool *Pool
	root *os.Root
	room int64 // bytes that the session's disk has left
}

// store writes the file under another name and renames it when it is whole.
func (u *upload) store(ctx context.Context, name string, r io.Reader) (f sessions.File, err error) {
	if info, err := u.root.Stat(name); err == nil && info.IsDir() {
		return f, fmt.Errorf("%w %q: there is a folder of that name", sessions.ErrInvalidName, name)
	}
	dir := path.Dir(name)
	if err := u.root.MkdirAll(dir, 0o755); err != nil {
		return f, err
	}
	partial := path.Join(dir, partialPrefix+string(sessions.NewID()[:12]))
	defer func() {
		if err != nil {
			_ = u.root.Remove(partial)
		}
	}()
	if err := u.write(ctx, partial, r); err != nil {
		return f, err
	}
	if err := u.root.Rename(partial, name); err != nil {
		return f, err
	}
	info, err := u.root.Stat(name)
	if err != nil {
		return f, err
	}
	return describe(name, info), nil
}

func (u *upload) write(ctx context.Context, name string, r io.Reader) error {
	file, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	limit := max(min(u.pool.opts.MaxUpload, u.room), 0)
	n, err := io.Copy(file, io.LimitReader(&contextReader{ctx, r}, limit+1))
	switch {
	case err != nil:
		return err
	case n > u.pool.opts.MaxUpload:
		return fmt.Errorf("%w: a file may have %d bytes", sessions.ErrTooLarge, u.pool.opts.MaxUpload)
	case n > limit:
		return fmt.Errorf("%w: %d bytes of %d are left; delete files in %s first",
			sessions.ErrDiskFull, max(u.room, 0), u.pool.opts.Disk, sessions.DataDir)
	}
	return errors.Join(file.Close())
}

// A contextReader reads until its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
