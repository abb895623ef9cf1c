package filelinks

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/hostfs"
)

const (
	// archiveName is what the archive of all files is called, and allFiles what a link
	// to it is sealed for: no file has that name.
	archiveName = "results.zip"
	allFiles    = sessions.OutDir
)

// deliverable returns the path below [sessions.OutDir] of a file that a user may have,
// and what the user is to call it. Hidden ones, and those whose names mean something
// else on other systems, are for nobody.
func deliverable(f sessions.File) (rel, as string, ok bool) {
	rel, below := strings.CutPrefix(f.Name, sessions.OutDir+"/")
	if !below || f.Dir || strings.Contains("/"+rel, "/__pycache__/") {
		return "", "", false
	}
	as, why := hostfs.OutName(rel)
	return rel, as, why == ""
}

// serveAll serves an archive (ZIP, APPNOTE 6.3) of all files that a session has for its
// user. It is made while it is sent, so that neither memory nor disk has it.
func (l *Links) serveAll(w http.ResponseWriter, r *http.Request, granted grant) {
	ctx := sessions.WithOwner(r.Context(), granted.user.String())
	_, err := l.opts.Pool.Describe(ctx, granted.session)
	var listing sessions.Listing
	if err == nil {
		listing, err = l.opts.Pool.List(ctx, granted.session, sessions.OutDir, true)
	}
	if err != nil {
		l.explain(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", disposition(archiveName))
	if r.Method == http.MethodHead {
		return
	}
	if err := l.writeArchive(ctx, w, granted.session, listing.Files); err != nil {
		if ctx.Err() == nil {
			l.opts.Logger.Warn().Err(err).Msg("an archive that a link leads to was not sent whole")
		}
		panic(http.ErrAbortHandler) // or the browser would take it for whole
	}
}

func (l *Links) writeArchive(ctx context.Context, w io.Writer, id sessions.ID, files []sessions.File) error {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	names := map[string]bool{}
	for _, f := range files {
		_, as, ok := deliverable(f)
		if !ok || names[as] || len(names) >= maxFiles {
			continue
		}
		names[as] = true
		if err := l.add(ctx, archive, id, f, as); err != nil {
			return err
		}
	}
	return archive.Close()
}

// add adds a file under a name. One that is gone by now is left out.
func (l *Links) add(ctx context.Context, archive *zip.Writer, id sessions.ID, f sessions.File, as string) error {
	f, body, err := l.opts.Pool.Download(ctx, id, f.Name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, sessions.ErrInvalidName) {
		return nil
	}
	if err != nil {
		return err
	}
	defer body.Close()
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: as, Method: zip.Deflate, Modified: f.Modified})
	if err == nil {
		_, err = io.Copy(entry, io.LimitReader(body, f.Size))
	}
	return err
}
