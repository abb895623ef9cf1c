package tools

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
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
			"Without path it lists " + t.dir.where() + "; folders are marked with a slash at the end, and path looks into one.",
		params: []parameter[listArgs]{
			optionalText("path", "Folder to list, such as \"plots\" or "+strconv.Quote(t.dir.path("plots"))+".",
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
		clean, err := t.dir.folder(*args.path)
		if err != nil {
			return nil, err
		}
		dir = clean
	}
	found, err := t.entries(ctx, c.session, dir)
	if err != nil {
		return nil, err
	}
	text := t.dir.listing(dir, found)
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

// listing writes a listing as lines that a model reads and code can split.
func (d dataDir) listing(dir string, found sessions.Listing) string {
	where := d.where()
	if dir != "" {
		where = shown(d.path(dir))
	}
	var b strings.Builder
	switch n := len(found.Files) + len(found.Unusable); {
	case n == 0 && found.Omitted == 0:
		return "No files in " + where + "."
	case n == 1:
		fmt.Fprintf(&b, "1 entry in %s:", where)
	default:
		fmt.Fprintf(&b, "%d entries in %s:", n, where)
	}
	listed := found.Files[:min(len(found.Files), maxEntries)]
	names := make([]string, len(listed))
	for i, f := range listed {
		names[i] = d.relative(f.Name)
		if f.Dir {
			names[i] += "/"
		}
	}
	for i, name := range showNames(names) {
		f := listed[i]
		modified := f.Modified.UTC().Format(time.DateTime) + " UTC"
		if f.Dir {
			fmt.Fprintf(&b, "\n%s\tfolder\t%s", name, modified)
			continue
		}
		fmt.Fprintf(&b, "\n%s\t%s\t%s", name, size(f.Size), modified)
	}
	for _, name := range found.Unusable {
		fmt.Fprintf(&b, "\n%s\tcannot be named here", quoteName(name, invisible))
	}
	if more := len(found.Files) - len(listed); more > 0 {
		fmt.Fprintf(&b, "\n%s not shown; give a folder as path, or list them with os.scandir in run_python.", count(more, "more entry is", "more entries are"))
	}
	if n := len(found.Unusable); n > 0 {
		fmt.Fprintf(&b, "\n%s not UTF-8, as in archives from other systems, or with control characters: no tool can be given such a name. "+
			"Rename in run_python: os.rename(%s, \"new name\"). zipfile.ZipFile(..., metadata_encoding=\"cp932\") reads names in Shift-JIS, \"gbk\" those in Chinese.",
			count(n, "of the names is", "of the names are"), bytesLiteral(d.path(found.Unusable[0])))
	}
	switch more := found.Omitted - len(found.Unusable); {
	case found.Omitted < 0:
		b.WriteString("\nMany more entries are left out; list them with os.scandir in run_python.")
	case more > 0:
		fmt.Fprintf(&b, "\n%s left out: links, devices, names that cannot be given back, or too many entries.", count(more, "more is", "more are"))
	}
	return b.String()
}

// bytesLiteral writes a name as Python's bytes, with escapes for all that is not
// ASCII: a name that is no text has no other exact form.
func bytesLiteral(name string) string {
	var b strings.Builder
	b.WriteString(`b"`)
	for _, c := range []byte(name) {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
