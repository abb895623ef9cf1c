package tools

import (
	"context"
	"errors"
	"io/fs"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/render"
)

type listArgs struct{ path *string }

func (t *Tools) listFiles() server.ServerTool {
	return serverTool(t, definition[listArgs]{
		name:  "list_files",
		title: "List files",
		description: "List the files of the Python session, with size and modification time. " +
			"Use it to see what was uploaded and what code has saved. " +
			"Without path it lists " + t.dir.Where() + "; names of folders end in a slash, and path lists one of them.",
		params: []parameter[listArgs]{
			optionalText("path", "Folder to list, such as \"plots\" or "+strconv.Quote(t.dir.Path("plots"))+".",
				func(a *listArgs) **string { return &a.path }),
		},
		hints:    hints{readOnly: true, idempotent: true},
		activity: "listing",
		run:      t.list,
	})
}

func (t *Tools) list(ctx context.Context, c call, args listArgs) (*mcp.CallToolResult, error) {
	dir := ""
	if args.path != nil {
		clean, err := t.dir.Folder(*args.path)
		if err != nil {
			return nil, err
		}
		dir = clean
	}
	found, err := t.entries(ctx, c.session, dir)
	if err != nil {
		return nil, err
	}
	text := render.Listing(t.dir, dir, found)
	if len(found.Files) == 0 {
		text += t.history.ReplacedNote(ctx, c.session)
	}
	result := mcp.NewToolResultText(text)
	result.Meta = mcp.NewMetaFromMap(map[string]any{"count": len(found.Files), "omitted": found.Omitted})
	return result, nil
}

// entries lists a folder, or one file by its name.
func (t *Tools) entries(ctx context.Context, id sessions.ID, dir string) (sessions.Listing, error) {
	found, err := t.pool.List(ctx, id, dir, false)
	if err == nil || dir == "" || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, sessions.ErrInvalidName) {
		return found, err
	}
	if other, err := t.otherSpelling(ctx, id, dir); err != nil {
		return found, err
	} else if other != "" {
		return t.entries(ctx, id, other)
	}
	f, statErr := t.pool.Stat(ctx, id, dir)
	switch {
	case statErr == nil && !f.Dir:
		return sessions.Listing{Files: []sessions.File{f}}, nil
	case errors.Is(statErr, fs.ErrNotExist):
		return found, t.notThere(ctx, id, dir)
	}
	return found, err
}
