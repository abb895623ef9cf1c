package rest

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

const (
	// formOverhead is how many bytes a form may have besides the file.
	formOverhead = 1 << 20
	// readPause is how long a client may pause in the middle of an upload.
	readPause = 30 * time.Second
)

// uploadFlat serves POST /files.
func (c *call) uploadFlat() error {
	file, err := c.upload()
	if err != nil {
		return err
	}
	stored := flatFile(file)
	stored.Name = file.Name // under which it lies, wherever path and filename have put it
	return c.answer(http.StatusOK, stored)
}

// uploadWrapped serves POST /files/upload.
func (c *call) uploadWrapped() error {
	file, err := c.upload()
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, wire.WrappedFiles{Value: []wire.WrappedFile{wrappedFile(file)}})
}

// upload passes the file of the form to the pool while it arrives. The pool stores
// it only if the form is complete.
func (c *call) upload() (file sessions.File, err error) {
	limit := c.opts.MaxUpload + formOverhead
	if c.r.ContentLength > limit {
		return file, tooLarge(c.opts.MaxUpload)
	}
	control := http.NewResponseController(c.w)
	body := &pausingReader{from: http.MaxBytesReader(c.w, c.r.Body, limit), extend: func() {
		_ = control.SetReadDeadline(time.Now().Add(readPause))
	}}
	defer func() { c.late = errors.Is(body.failed, os.ErrDeadlineExceeded) }()
	f, err := newForm(c.r.Header.Get("Content-Type"), body)
	if err != nil {
		return file, err
	}
	name, err := place(c.query.path, f.filename)
	if err != nil {
		return file, err
	}
	file, err = c.pool.Upload(c.r.Context(), c.id, name, f)
	switch {
	case err == nil:
		return file, nil
	case f.broken() != nil:
		return file, f.broken() // whatever the pool made of it
	case body.failed != nil:
		return file, formError(body.failed)
	}
	return file, err
}

func tooLarge(limit int64) error {
	return &failure{status: http.StatusRequestEntityTooLarge, code: wire.CodeTooLarge, target: filePart,
		message: fmt.Sprintf("a file may have at most %d bytes", limit)}
}

// place returns the name of an uploaded file in folder. A filename may be the
// absolute path of the file.
func place(folder, filename string) (string, error) {
	name, err := sessions.CleanName(filename)
	if err != nil || strings.HasPrefix(filename, "/") {
		return name, err
	}
	return inFolder(folder, name)
}

// inFolder returns the name of what is called name in folder.
func inFolder(folder, name string) (string, error) {
	dir, err := cleanFolder(folder)
	if err != nil {
		return "", err
	}
	return sessions.CleanName(path.Join(dir, name))
}

// A pausingReader extends the deadline while data arrives.
type pausingReader struct {
	from     io.Reader
	extend   func()
	extended time.Time
	failed   error // other than the end
}

// Read implements io.Reader.
func (r *pausingReader) Read(p []byte) (int, error) {
	if r.failed != nil {
		return 0, r.failed
	}
	if time.Since(r.extended) > time.Second {
		r.extend()
		r.extended = time.Now()
	}
	n, err := r.from.Read(p)
	if err != nil && err != io.EOF {
		r.failed = err
	}
	return n, err
}
