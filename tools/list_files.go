package tools

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
)

// maxEntries bounds how many files one answer lists.
const maxEntries = 300

type listArgs struct{ path *string }

func (t *Tools) listFiles() server.ServerTool {
	return serverTool(t, definition[listArgs]{
		name:  "list_files",
		title: "List files",
		description: "List the files of the Python session, with size and time of change. " +
			"Use it to see what was uploaded and what code has saved. " +
			"Without path it lists /mnt/data; folders are marked with a slash at the end, and path looks into one.",
		params: []parameter[listArgs]{
			optionalText("path", "Folder to list, such as \"plots\" or \"/mnt/data/plots\".",
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
		clean, err := sessions.CleanDir(*args.path)
		if err != nil {
			return nil, err
		}
		dir = clean
	}
	found, err := t.entries(ctx, c.session, dir)
	if err != nil {
		return nil, err
	}
	text := listing(dir, found)
	if len(found.Files) == 0 {
		text += t.replacedNote(ctx, c.session)
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
	f, statErr := t.pool.Stat(ctx, id, dir)
	switch {
	case statErr == nil && !f.Dir:
		return sessions.Listing{Files: []sessions.File{f}}, nil
	case errors.Is(statErr, fs.ErrNotExist):
		return found, t.notThere(ctx, id, dir)
	}
	return found, err
}

// listing writes a listing as lines that a model reads and code can split.
func listing(dir string, found sessions.Listing) string {
	where := sessions.DataDir
	if dir != "" {
		where += "/" + dir
	}
	var b strings.Builder
	switch n := len(found.Files); {
	case n == 0 && found.Omitted == 0:
		return "No files in " + plain(where, 1100) + "."
	case n == 1:
		fmt.Fprintf(&b, "1 entry in %s:", plain(where, 1100))
	default:
		fmt.Fprintf(&b, "%d entries in %s:", n, plain(where, 1100))
	}
	shown := found.Files[:min(len(found.Files), maxEntries)]
	for _, f := range shown {
		name := plain(f.Name, 1100)
		modified := f.Modified.UTC().Format(time.DateTime) + " UTC"
		if f.Dir {
			fmt.Fprintf(&b, "\n%s/\tfolder\t%s", name, modified)
			continue
		}
		fmt.Fprintf(&b, "\n%s\t%s\t%s", name, size(f.Size), modified)
	}
	if more := len(found.Files) - len(shown); more > 0 {
		fmt.Fprintf(&b, "\n%d more entries are not shown; give a folder as path, or list them with os.scandir in run_python.", more)
	}
	switch {
	case found.Omitted < 0:
		b.WriteString("\nMany more entries are left out; list them with os.scandir in run_python.")
	case found.Omitted > 0:
		fmt.Fprintf(&b, "\n%d more are left out: links, devices, names that cannot be given back, or too many entries.", found.Omitted)
	}
	return b.String()
}
