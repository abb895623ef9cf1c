package rest

import (
	"mime"
	"net/http"
	"path"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

const octets = "application/octet-stream"

// cleanFolder reads the parameter path, which is relative to DataDir: both "/"
// and DataDir mean that folder itself.
func cleanFolder(dir string) (string, error) {
	if dir != sessions.DataDir && !strings.HasPrefix(dir, sessions.DataDir+"/") {
		dir = strings.TrimLeft(dir, "/")
	}
	return sessions.CleanDir(dir)
}

// listFiles serves GET /files of both generations.
func (c *call) listFiles() error {
	dir, err := cleanFolder(c.query.path)
	if err != nil {
		return err
	}
	var listing sessions.Listing
	list := func(dir string) (err error) {
		listing, err = c.pool.List(c.r.Context(), c.id, dir, c.query.recursive)
		return err
	}
	if err := c.inOtherForm(list(dir), list, dir); err != nil {
		return err
	}
	if c.query.wrapped() {
		return c.answer(http.StatusOK, wrappedFiles(listing))
	}
	return c.answer(http.StatusOK, flatFiles(listing, c.query.recursive))
}

// statFile serves GET /files/{name}.
func (c *call) statFile() error {
	var file sessions.File
	stat := func(name string) (err error) {
		file, err = c.pool.Stat(c.r.Context(), c.id, name)
		return err
	}
	if err := c.onFile(stat, c.matched.name); err != nil {
		return err
	}
	if c.query.version != "" && c.query.wrapped() {
		return c.answer(http.StatusOK, wrappedFile(file))
	}
	return c.answer(http.StatusOK, flatFile(file))
}

// deleteFile serves DELETE /files/{name}.
func (c *call) deleteFile() error {
	remove := func(name string) error { return c.pool.Delete(c.r.Context(), c.id, name) }
	if err := c.onFile(remove, c.matched.name); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func flatFile(f sessions.File) wire.File {
	flat := wire.File{Name: path.Base(f.Name), Type: wire.TypeFile, ContentType: contentType(f.Name),
		SizeInBytes: f.Size, LastModifiedAt: wire.Time{Time: f.Modified}}
	if f.Dir {
		flat.Type, flat.ContentType = wire.TypeDirectory, octets
	}
	return flat
}

func flatFiles(listing sessions.Listing, recursive bool) wire.Files {
	files := wire.Files{Value: make([]wire.File, 0, len(listing.Files)), Omitted: listing.Omitted}
	for _, f := range listing.Files {
		flat := flatFile(f)
		if recursive {
			dir := strings.TrimPrefix(path.Dir(f.Name), ".")
			flat.Directory = &dir
		}
		files.Value = append(files.Value, flat)
	}
	return files
}

// wrappedFile has the folder in the name, for which this generation has no
// other place.
func wrappedFile(f sessions.File) wire.WrappedFile {
	return wire.WrappedFile{Properties: wire.WrappedFileProperties{
		Filename: f.Name, Size: f.Size, LastModifiedTime: wire.Time{Time: f.Modified}}}
}

// wrappedFiles leaves folders out, which this generation could not tell from
// files.
func wrappedFiles(listing sessions.Listing) wire.WrappedFiles {
	files := wire.WrappedFiles{Value: []wire.WrappedFile{}}
	for _, f := range listing.Files {
		if !f.Dir {
			files.Value = append(files.Value, wrappedFile(f))
		}
	}
	return files
}

// contentType guesses by the ending of a name.
func contentType(name string) string {
	if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
		return kind
	}
	return octets
}
