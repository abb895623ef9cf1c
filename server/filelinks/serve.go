package filelinks

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// ServeHTTP implements [http.Handler]: it serves the file of a link. People read the
// refusals. They say nothing of what exists.
func (l *Links) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "Files can only be downloaded here.")
		return
	}
	sealed, rel, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, Path), "/")
	name := sessions.OutDir + "/" + rel
	granted, err := l.seal.open(sealed, name)
	all := false
	if err != nil && rel == archiveName {
		granted, err = l.seal.open(sealed, allFiles)
		all = true
	}
	switch {
	case err != nil:
		refuse(w, http.StatusForbidden, "This is not a link of this service, or not all of it. Copy the whole link.")
	case time.Now().After(granted.expires):
		refuse(w, http.StatusGone, "This link has expired. Ask in the conversation for a new one: the file has to be written again.")
	case all:
		l.serveAll(w, r, granted)
	default:
		l.serve(w, r, granted, name)
	}
}

// serve serves the file of a valid link.
func (l *Links) serve(w http.ResponseWriter, r *http.Request, granted grant, name string) {
	ctx := sessions.WithOwner(r.Context(), granted.user.String())
	// Opening a file would make the session again.
	_, err := l.opts.Pool.Describe(ctx, granted.session)
	var f sessions.File
	var body io.ReadCloser
	if err == nil {
		f, body, err = l.opts.Pool.Download(ctx, granted.session, name)
	}
	if err != nil {
		l.explain(w, err)
		return
	}
	defer body.Close()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", disposition(saveAs(name)))
	if seekable, ok := body.(io.ReadSeeker); ok {
		http.ServeContent(w, r, "", f.Modified, seekable)
		return
	}
	w.Header().Set("Content-Length", strconv.FormatInt(f.Size, 10))
	if r.Method == http.MethodGet {
		_, _ = io.Copy(w, io.LimitReader(body, f.Size)) // a reader that leaves is no failure
	}
}

func (l *Links) explain(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, sessions.ErrNoSession), errors.Is(err, sessions.ErrInvalidName), errors.Is(err, sessions.ErrInvalidID):
		refuse(w, http.StatusNotFound, "The file is gone: it was deleted, or its session has ended. Ask in the conversation for it again.")
	default:
		l.opts.Logger.Warn().Err(err).Msg("a file that a link leads to could not be read")
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, "The file cannot be read now. Try again shortly.")
	}
}

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// disposition tells a browser to save a file under a name (RFC 6266), which it has in
// ASCII and, if that is not all of it, exactly (RFC 8187).
func disposition(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' {
			return '_'
		}
		return r
	}, name)
	text := mime.FormatMediaType("attachment", map[string]string{"filename": ascii})
	if ascii != name {
		text += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return text
}
