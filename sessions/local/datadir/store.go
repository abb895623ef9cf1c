package datadir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/await"
)

// partialPrefix begins the names of files whose upload is not complete.
const partialPrefix = ".upload-"

const (
	copyBuffer = 256 << 10 // what is read of an upload and written at a time
	// bigFile is the size from which it takes noticeable time to free the disk and the
	// memory that a file has.
	bigFile = 1 << 20
)

// Store stores a file with what it reads from r, in place of one of that name.
// It is there when all of it is, or not at all. Store reads in the caller's
// goroutine: nothing is read from r after it has returned.
func (d *Dir) Store(ctx context.Context, name string, r io.Reader) (sessions.File, error) {
	f, err := d.store(ctx, name, r)
	if err != nil {
		return sessions.File{}, fileError(name, err)
	}
	d.noteUpload(f)
	return f, nil
}

func (d *Dir) store(ctx context.Context, name string, r io.Reader) (f sessions.File, err error) {
	if strings.Count(name, "/") > maxDepth {
		return f, fmt.Errorf("%w %q: %w", sessions.ErrInvalidName, name, errTooDeep)
	}
	// What is known of the space that is left may be old.
	v, err := await.Do(ctx, d.owner, func(ctx context.Context) (Survey, error) { return d.survey(ctx, false) })
	if err != nil {
		return f, err
	}
	u := &upload{dir: d, host: v.host.available(), most: d.maxUpload}
	if sessions.BoundedByDisk(ctx) {
		u.most = d.limit.bytes
	}
	return u.store(ctx, name, r)
}

// An upload is one file on its way into a folder.
type upload struct {
	dir     *Dir
	partial string // the name of the file that is not complete, without its folder
	size    int64
	taken   int64 // bytes that were taken from the folder's account
	host    int64 // bytes that the host's disk has left
	most    int64 // bytes that the file may have
}

// store writes the file under another name and renames it when it is whole.
func (u *upload) store(ctx context.Context, name string, r io.Reader) (f sessions.File, err error) {
	root := u.dir.root
	if info, err := root.Stat(name); err == nil && info.IsDir() {
		return f, fmt.Errorf("%w %q: there is a folder of that name", sessions.ErrInvalidName, name)
	}
	u.partial = partialPrefix + string(sessions.NewID()[:12])
	defer func() { u.dir.endUpload(u.partial, err == nil) }()
	if err := u.take(usage{blockSize, 1 + strings.Count(name, "/")}); err != nil {
		return f, err
	}
	dir := path.Dir(name)
	switch err := root.MkdirAll(dir, 0o755); {
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTDIR):
		return f, fmt.Errorf("%w %q: a part of its path is a file, and a file holds no others", sessions.ErrInvalidName, name)
	case err != nil:
		return f, err
	}
	partial := path.Join(dir, u.partial)
	defer func() {
		if err != nil {
			_ = root.Remove(partial)
		}
	}()
	if err := u.write(ctx, partial, r); err != nil {
		return f, err
	}
	if err := u.replace(partial, name); err != nil {
		return f, err
	}
	info, err := root.Stat(name)
	if err != nil {
		return f, err
	}
	return describe(name, info), nil
}

// replace renames a file to another's name. If that is a big file it lasts until it is
// closed, which the caller need not wait for.
func (u *upload) replace(partial, name string) error {
	root := u.dir.root
	if info, err := root.Stat(name); err == nil && info.Mode().IsRegular() && info.Size() >= bigFile {
		if old, err := u.dir.openAtOnce(name); err == nil {
			defer u.dir.owner.Go(func() { _ = old.Close() })
		}
	}
	return root.Rename(partial, name)
}

func (u *upload) write(ctx context.Context, name string, r io.Reader) error {
	file, err := u.dir.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	// Written through u, which takes space first.
	if _, err := io.CopyBuffer(uploadWriter{u, file}, &contextReader{ctx, r}, make([]byte, copyBuffer)); err != nil {
		return err
	}
	return file.Close()
}

// take takes space for the file before it is there.
func (u *upload) take(more usage) error {
	u.taken += more.bytes
	if u.taken > u.host {
		return errHostFull()
	}
	return u.dir.reserve(u.partial, more)
}

// An uploadWriter writes to an upload's file what there is space for.
type uploadWriter struct {
	*upload
	file *os.File
}

func (w uploadWriter) Write(p []byte) (int, error) {
	w.size += int64(len(p))
	if w.size > w.most {
		return 0, w.errTooLarge()
	}
	if more := w.size - w.taken; more > 0 {
		more = (more + blockSize - 1) / blockSize * blockSize
		if err := w.take(usage{bytes: more}); err != nil {
			return 0, err
		}
	}
	return w.file.Write(p)
}

// errTooLarge says which limit the file exceeds.
func (u *upload) errTooLarge() error {
	if u.most == u.dir.limit.bytes {
		return fmt.Errorf("%w: the session's disk has %d bytes, which --disk sets", sessions.ErrTooLarge, u.most)
	}
	return fmt.Errorf("%w: a file may have %d bytes, which --max-upload sets", sessions.ErrTooLarge, u.most)
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
