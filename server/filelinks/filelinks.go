// Package filelinks gives users of a service over HTTP links to the files that code
// made for them, since the service cannot reach their disk:
//
//	links, err := filelinks.New(filelinks.Options{Pool: pool, Key: key, URL: "https://…"})
//	lines := links.Deliver(ctx, id, step) // after each run
//	mux.Handle(filelinks.Path, links)     // behind the guard, without credentials
//
// A browser that follows a link has no token, so the link is what permits it: it names
// one file of one session, or an archive of all its results (archive.go), for one user
// and for some time, and only a server with the key can have made it (seal.go). What it
// leads to comes from code that nobody has read, so a browser saves it and shows nothing
// of it (serve.go). There is no listing.
package filelinks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/hostfs"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// Path is the path below which files are.
const Path = "/files/"

// Options configure [Links]. All but Principal, Key and Logger are required.
type Options struct {
	Pool sessions.Pool
	// Dir names the files of the pool's sessions.
	Dir sessionpath.Dir
	// Key seals the links; servers with the same key accept each other's. Nil means a
	// random key.
	Key []byte
	// URL is where clients reach the service, without a slash at its end.
	URL string
	// Life is how long a link is valid.
	Life time.Duration
	// Principal names the user of a call. Nil means that there is one user.
	Principal func(ctx context.Context) string
	// Logger logs files that could not be read, never their names.
	Logger zerolog.Logger
}

// Links makes links to files, and serves the files. It may be used concurrently.
type Links struct {
	opts Options
	seal sealer
	seen *seen
}

// New returns links, which need no closing.
func New(opts Options) (*Links, error) {
	if opts.Principal == nil {
		opts.Principal = func(context.Context) string { return "" }
	}
	seal, err := newSealer(opts.Key)
	return &Links{opts: opts, seal: seal, seen: newSeen()}, err
}

// maxLinks is how many links an answer has: each costs a model a hundred tokens. Of
// more files it has one, to an archive.
const maxLinks = 5

// Deliver returns links to the files that are new or changed since it was last called
// for the session.
func (l *Links) Deliver(ctx context.Context, id sessions.ID, _ func(string)) []string {
	lines := []string{} // not nil: nobody else need name the files
	listing, err := l.opts.Pool.List(ctx, id, sessions.OutDir, true)
	if errors.Is(err, fs.ErrNotExist) {
		return lines
	}
	out := strings.TrimSuffix(l.opts.Dir.Path(sessions.OutDir+"/"), "/")
	if err != nil {
		return append(lines, fmt.Sprintf("There are no links to the files in %s, because %s.", out, prose.Line(err.Error(), 200)))
	}
	fresh := l.seen.fresh(id, listing.Files)
	if len(fresh) == 0 {
		return lines
	}
	expires := time.Now().Add(l.opts.Life)
	text := fmt.Sprintf("Links for the user, valid for %s; give them as they are:", prose.Span(l.opts.Life))
	if len(fresh) > maxLinks {
		text += fmt.Sprintf("\n- an archive of all files in %s, with the %d that are new: %s", out, len(fresh), l.link(ctx, id, allFiles, archiveName, expires))
		return append(lines, text)
	}
	for _, f := range fresh {
		rel := strings.TrimPrefix(f.Name, sessions.OutDir+"/")
		text += "\n- " + prose.Name(rel) + ": " + l.link(ctx, id, f.Name, rel, expires)
	}
	return append(lines, text)
}

// link is the URL of what has a name in the session, which ends with rel.
func (l *Links) link(ctx context.Context, id sessions.ID, name, rel string, expires time.Time) string {
	sealed := l.seal.seal(grant{session: id, user: userOf(l.opts.Principal(ctx)), expires: expires}, name)
	at := url.URL{Path: Path + sealed + "/" + rel}
	return l.opts.URL + at.EscapedPath()
}

// saveAs is what a browser is told to call a file.
func saveAs(name string) string {
	if as, why := hostfs.OutName(path.Base(name)); why == "" {
		return as
	}
	return "file.bin"
}
