package rest

import (
	"io"
	"net/http"
	"strconv"

	"dynamic-sessions-mcp/sessions"
)

// download serves GET /files/{name}/content and GET /files/content/{name}.
func (c *call) download() error {
	return c.onFile(c.sendNamed, c.matched.name)
}

// downloadEither serves GET /files/content/{name}/content. Services were seen
// that take it for the contents of {name}; by the rules of the two generations
// it also names "{name}/content" and "content/{name}".
func (c *call) downloadEither() error {
	name := c.matched.name
	return c.onFile(c.sendNamed, name, name+"/content", "content/"+name)
}

// sendNamed sends the file of a name.
func (c *call) sendNamed(name string) error {
	file, r, err := c.pool.Download(c.r.Context(), c.id, name)
	if err != nil {
		return err
	}
	defer r.Close()
	return c.sendFile(file, r)
}

// sendFile sends a file, or the ranges of it that were asked for if the pool
// can seek in it.
func (c *call) sendFile(file sessions.File, r io.Reader) error {
	c.deadline(file.Size)
	header := c.w.Header()
	header.Set("Content-Type", octets)
	if seeker, ok := r.(io.ReadSeeker); ok {
		http.ServeContent(c.w, c.r, "", file.Modified, seeker)
		return nil
	}
	header.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	if !file.Modified.IsZero() {
		header.Set("Last-Modified", file.Modified.UTC().Format(http.TimeFormat))
	}
	c.w.WriteHeader(http.StatusOK)
	if c.r.Method == http.MethodHead {
		return nil
	}
	if _, err := io.CopyN(c.w, r, file.Size); err != nil {
		panic(http.ErrAbortHandler) // the caller must not take the beginning for the whole
	}
	return nil
}
