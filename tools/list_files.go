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
	"dynamic-sessions-mcp/tools/glob"
	"dynamic-sessions-mcp/tools/mistake"
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
	dir := ""
	if args.path != nil {
		if dir, err = t.dir.Folder(*args.path); err != nil {
			return nil, err
		}
	}
	dir, found, err := t.entries(ctx, c.session, dir)
	if err != nil {
		return nil, err
	}
	below, err := t.below(ctx, c.session, dir, found, pattern != nil || args.recursive)
	if err != nil {
		return nil, err
	}
	if pattern != nil || args.recursive {
		found = below
	}
	listing := render.Listed{Dir: dir, Omitted: found.Omitted, Unusable: found.Unusable, Pattern: pattern != nil, Partly: below.Omitted < 0}
	listing.Entries = entriesOf(dir, found.Files, below.Files, pattern, args.recursive)
	if pattern != nil && len(listing.Entries) == 0 && !pattern.Parts() && !args.recursive {
		listing.Deeper = len(entriesOf(dir, found.Files, below.Files, pattern, true))
	}
	text := listing.Text(t.dir)
	if len(found.Files) == 0 {
		text += t.history.ReplacedNote(ctx, c.session)
	}
	result := mcp.NewToolResultText(text)
	result.Meta = mcp.NewMetaFromMap(map[string]any{"count": len(listing.Entries), "omitted": found.Omitted})
	return result, nil
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
