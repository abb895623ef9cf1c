package tools

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/glob"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/render"
	"dynamic-sessions-mcp/tools/sessionpath"
)

type listArgs struct {
	path, pattern *string
	recursive     bool
}

func (t *Tools) listFiles() server.ServerTool {
	return serverTool(t, definition[listArgs]{
		name:  "list_files",
		title: "List files",
		description: "List the files of the Python session, with size and modification time, folders with what is in them. " +
			"Use it to see what was uploaded and what code has saved. Without path it lists " + t.dir.Where() + ".",
		params: []parameter[listArgs]{
			optionalText("path", "Folder to list, such as \"plots\" or "+strconv.Quote(t.dir.Path("plots"))+".",
				func(a *listArgs) **string { return &a.path }),
			optionalText("pattern", "Only files that match, such as \"*.csv\" or, in folders of any depth, \"**/*.png\".",
				func(a *listArgs) **string { return &a.pattern }),
			optionalFlag("recursive", "Also list what is in the folders. Default: false.",
				func(a *listArgs) *bool { return &a.recursive }),
		},
		hints:    hints{readOnly: true, idempotent: true},
		activity: "listing",
		run:      t.list,
	})
}

func (t *Tools) list(ctx context.Context, c call, args listArgs) (*mcp.CallToolResult, error) {
	pattern, err := args.parsePattern()
	if err != nil {
		return nil, err
	}
	place, err := t.listedPlace(args.path)
	if err != nil {
		return nil, err
	}
	root := place.dir == "" && !place.users
	deep := pattern != nil || args.recursive
	found, below, err := t.found(ctx, c.session, &place, deep)
	if err != nil {
		return nil, err
	}
	if deep {
		found = below
	}
	listing := render.Listed{Where: place.where, Omitted: found.Omitted, Unusable: found.Unusable, Pattern: pattern != nil, Partly: below.Omitted < 0}
	listing.Entries = entriesOf(place.dir, found.Files, below.Files, pattern, args.recursive)
	if pattern != nil && len(listing.Entries) == 0 && !pattern.Parts() && !args.recursive {
		listing.Deeper = len(entriesOf(place.dir, found.Files, below.Files, pattern, true))
	}
	text := listing.Text(t.dir)
	if root && (pattern == nil || pattern.Match(notebook.Name)) {
		text += t.notebookNote(c.session, found.Files)
	}
	if len(found.Files) == 0 && !place.users {
		text += t.history.ReplacedNote(ctx, c.session)
	}
	result := mcp.NewToolResultText(text)
	result.Meta = mcp.NewMetaFromMap(map[string]any{"count": len(listing.Entries), "omitted": found.Omitted})
	return result, nil
}

// A listedPlace is a folder that is to be listed: of the session, or of the user.
type listedPlace struct {
	dir   string // the beginning of the names in it
	where string // the folder within a sentence
	users bool
	path  userPath
}

// listedPlace returns the folder that a model means.
func (t *Tools) listedPlace(given *string) (listedPlace, error) {
	if given == nil {
		return listedPlace{}, nil
	}
	if p, ok := t.userPath(*given); ok {
		return listedPlace{dir: p.inside, where: prose.Name(p.inside) + ", which is " + prose.Name(p.host) + " on the user's computer", users: true, path: p}, nil
	}
	if p, _ := t.userPath(*given); p.inside == userfolders.Dir && len(t.env.Folders) > 0 {
		return listedPlace{dir: p.inside, where: p.inside, users: true}, nil
	}
	dir, err := t.dir.Folder(*given)
	return listedPlace{dir: dir}, err
}

// found lists what is in a place and, as far as that is needed, all that is below it. It
// completes what is said of a place in the session.
func (t *Tools) found(ctx context.Context, id sessions.ID, place *listedPlace, deep bool) (in, all sessions.Listing, err error) {
	if place.users && place.path.host == "" {
		in = t.allUserFolders()
		return in, in, nil
	}
	if place.users {
		if in, err = t.usersFolder(ctx, place.path, false); err != nil {
			return in, in, err
		}
		all, err = t.usersFolder(ctx, place.path, true)
		return in, all, err
	}
	if place.dir, in, err = t.entries(ctx, id, place.dir); err != nil {
		return in, in, err
	}
	place.where = t.dir.Where()
	if place.dir != "" {
		place.where = prose.Name(t.dir.Path(place.dir))
	}
	all, err = t.below(ctx, id, place.dir, in, deep)
	return in, all, err
}

// below lists all that is below a folder, in which found is, if there are folders in
// it or all is wanted.
func (t *Tools) below(ctx context.Context, id sessions.ID, dir string, found sessions.Listing, wanted bool) (sessions.Listing, error) {
	if !slices.ContainsFunc(found.Files, func(f sessions.File) bool { return f.Dir }) {
		return found, nil
	}
	all, err := t.pool.List(ctx, id, dir, true)
	if err != nil && !wanted {
		return found, nil // the folder is gone meanwhile, or changes
	}
	if !isHidden(dir) {
		all.Files = visible(all.Files)
	}
	return all, err
}

// parsePattern returns the pattern, nil if there is none.
func (args listArgs) parsePattern() (*glob.Pattern, error) {
	if args.pattern == nil || *args.pattern == "" {
		return nil, nil
	}
	p, err := glob.Parse(*args.pattern)
	if err != nil {
		return nil, mistake.Errorf("%q is no pattern: %v. Give for example \"*.csv\" or \"**/*.png\".", prose.Line(*args.pattern, 100), err)
	}
	return &p, nil
}

// entriesOf are the entries of a folder that are to be listed, in the order of people:
// of those in it, or of all below it if there is a pattern or recursive is set. Folders
// stand for what is in them. A pattern that is about names alone is compared with them.
func entriesOf(dir string, in, all []sessions.File, pattern *glob.Pattern, recursive bool) []render.Entry {
	var out []render.Entry
	switch {
	case pattern != nil:
		for _, f := range all {
			name := rest(dir, f.Name)
			if recursive && !pattern.Parts() {
				name = path.Base(name)
			}
			if !f.Dir && pattern.Match(name) {
				out = append(out, render.Entry{File: f})
			}
		}
	case recursive:
		for _, f := range all {
			if !f.Dir {
				out = append(out, render.Entry{File: f})
			}
		}
	default:
		out = withContents(dir, in, all)
	}
	slices.SortFunc(out, func(a, b render.Entry) int { return prose.CompareNatural(a.Name, b.Name) })
	return out
}

// withContents are the entries in a folder, with what is below those that are folders.
func withContents(dir string, in, all []sessions.File) []render.Entry {
	out := make([]render.Entry, len(in))
	folders := map[string]*render.Entry{}
	for i, f := range in {
		out[i].File = f
		if f.Dir {
			folders[rest(dir, f.Name)] = &out[i]
		}
	}
	for _, f := range all {
		top, _, deeper := strings.Cut(rest(dir, f.Name), "/")
		if folder := folders[top]; folder != nil && deeper && !f.Dir {
			folder.Files++
			folder.Bytes += f.Size
		}
	}
	return out
}

// rest is the part of a name that is below the folder dir.
func rest(dir, name string) string { return strings.TrimPrefix(strings.TrimPrefix(name, dir), "/") }

// entries lists a folder, or one file by its name, without the hidden place. It
// returns the name of the folder as the session has it.
func (t *Tools) entries(ctx context.Context, id sessions.ID, dir string) (string, sessions.Listing, error) {
	found, err := t.pool.List(ctx, id, dir, false)
	if !isHidden(dir) {
		found.Files = visible(found.Files)
	}
	if err == nil || dir == "" || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, sessions.ErrInvalidName) {
		return dir, found, err
	}
	if other, err := t.otherSpelling(ctx, id, dir); err != nil {
		return dir, found, err
	} else if other != "" {
		return t.entries(ctx, id, other)
	}
	f, statErr := t.pool.Stat(ctx, id, dir)
	switch {
	case statErr == nil && !f.Dir:
		return parent(dir), sessions.Listing{Files: []sessions.File{f}}, nil
	case errors.Is(statErr, fs.ErrNotExist):
		if decoded, ok := sessionpath.Decoded(dir); ok {
			if dir, found, err := t.entries(ctx, id, decoded); err == nil {
				return dir, found, nil
			}
		}
		return dir, found, t.notThere(ctx, id, dir)
	}
	return dir, found, err
}

// parent is the folder that a name is in, "" for that of all files.
func parent(name string) string {
	if dir := path.Dir(name); dir != "." {
		return dir
	}
	return ""
}
