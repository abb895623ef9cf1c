package tools

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/excerpt"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// A userPath is a path in the user's folders, as code sees it and as the user does.
type userPath struct{ inside, host string }

// userPath returns the path in the user's folders that a model means by a name. ok is
// false if it means none, or if code does not see these folders.
func (t *Tools) userPath(given string) (p userPath, ok bool) {
	name := sessionpath.Plain(given)
	if name == userfolders.Dir[1:] || strings.HasPrefix(name, userfolders.Dir[1:]+"/") {
		name = "/" + name
	}
	p.inside = path.Clean(name)
	p.host, ok = t.env.Folders.Outside(p.inside)
	return p, ok
}

// lookAtUsers answers with what a model can see of a file of the user's.
func (t *Tools) lookAtUsers(ctx context.Context, c call, p userPath, lines excerpt.Range) (*mcp.CallToolResult, error) {
	body, err := t.host.OpenFile(p.host)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	size, err := body.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = body.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, err
	}
	again := func(context.Context) (io.ReadCloser, error) { return t.host.OpenFile(p.host) }
	f := seenFile{File: sessions.File{Name: path.Base(p.inside), Size: size}, path: p.inside, users: true, rest: body, again: again}
	return t.lookAt(ctx, c, f, lines)
}

// usersFolder lists one of the user's folders, whose names are then as code sees them:
// what is in it, or all that is below it.
func (t *Tools) usersFolder(ctx context.Context, p userPath, recursive bool) (sessions.Listing, error) {
	found, err := t.host.List(ctx, p.host, recursive)
	listing := sessions.Listing{Omitted: found.Hidden + found.Special}
	if found.Cut {
		listing.Omitted = -1
	}
	for _, e := range found.Entries {
		listing.Files = append(listing.Files, sessions.File{Name: path.Join(p.inside, e.Rel), Size: e.Size, Modified: e.Modified, Dir: e.Dir})
	}
	return listing, err
}

// allUserFolders lists the user's folders themselves.
func (t *Tools) allUserFolders() sessions.Listing {
	var listing sessions.Listing
	for _, f := range t.env.Folders {
		listing.Files = append(listing.Files, sessions.File{Name: f.Path(), Dir: true})
	}
	return listing
}
