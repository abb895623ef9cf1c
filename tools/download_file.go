package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/excerpt"
	"dynamic-sessions-mcp/tools/hostpath"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

type downloadArgs struct {
	filename  string
	lines     excerpt.Range
	saveTo    *string
	overwrite bool
}

func (t *Tools) downloadFile() server.ServerTool {
	params := []parameter[downloadArgs]{
		requiredText("filename", "Name in the session, such as \"report.xlsx\" or "+strconv.Quote(t.dir.Path("plots/a.png"))+".",
			func(a *downloadArgs) *string { return &a.filename }),
		linesParameter(),
		optionalText("save_to", fmt.Sprintf("Folder or file on the computer that runs this server, such as \"%s\". Folders are made.", hostpath.Short("results/")),
			func(a *downloadArgs) **string { return &a.saveTo }).unlistedIf(t.env.Elsewhere),
		optionalFlag("overwrite", "With save_to: replace files that exist. Default: false.",
			func(a *downloadArgs) *bool { return &a.overwrite }).unlistedIf(t.env.Elsewhere),
	}
	return serverTool(t, definition[downloadArgs]{
		name:        "download_file",
		title:       "Download a file",
		description: t.downloadDescription(),
		params:      params,
		hints:       hints{readOnly: !t.host.Any(), destructive: t.host.Any(), idempotent: !t.host.Any()},
		maxChars:    2 * t.maxText,
		activity:    "downloading",
		run:         t.download,
	})
}

// linesParameter is a range of lines, which models also give as a number.
func linesParameter() parameter[downloadArgs] {
	const name = "lines"
	return parameter[downloadArgs]{
		name: name,
		schema: map[string]any{
			"type":        "string",
			"description": "Which lines, or pages of a PDF, slides, rows of a workbook: \"200-400\", \"200-\", \"-50\" for the last 50, or \"7\".",
		},
		bind: func(args *downloadArgs, value json.RawMessage) (err error) {
			text := string(value)
			if !decimal(text) {
				if text, err = stringValue(name, value); err != nil {
					return err
				}
			}
			args.lines, err = excerpt.ParseRange(text)
			return err
		},
	}
}

func (t *Tools) downloadDescription() string {
	text := "Look at a file of the Python session"
	if t.host.Any() {
		text += ", or save it for the user"
	}
	text += ".\n" +
		"Text of up to 5,000 characters is returned whole, of more the two ends; lines asks for others. " +
		"Pictures and pages of PDF come as images, documents, workbooks, notebooks, archives and databases as an outline, anything else as name, size and type. " +
		notebook.Name + " is this conversation as a Jupyter notebook. " +
		"To process a file, read it with run_python instead."
	if t.host.Any() {
		return text + "\nsave_to saves a file of any size, or a folder, in a folder that the user opened to this server. Only documents and data are saved, nothing hidden; give a program a name such as \"clean.py.txt\"."
	}
	if out := t.forUser(); out != "" {
		text += "\nTo give the user a file, write it in run_python to " + t.dir.Path(sessions.OutDir) + "."
	}
	if t.env.Elsewhere {
		return text
	}
	return text + "\nsave_to is not available: " + t.host.WhyNone() + "."
}

func (t *Tools) download(ctx context.Context, c call, args downloadArgs) (*mcp.CallToolResult, error) {
	if result, ok, err := t.downloadNotebook(ctx, c, args); ok {
		return result, err
	}
	saving := args.saveTo != nil && *args.saveTo != ""
	if path, ok := t.userPath(args.filename); ok {
		if saving {
			return nil, mistake.Errorf("%s is the user's own file already: on this computer it is %s. Leave save_to out.", prose.Name(path.inside), prose.Name(path.host))
		}
		return t.lookAtUsers(ctx, c, path, args.lines)
	}
	if saving {
		if err := t.canSave(); err != nil {
			return nil, err
		}
		if name, err := t.dir.Folder(args.filename); err == nil && name == "" && args.filename != "" {
			return t.save(ctx, c, name, args) // the folder of all files
		}
	}
	name, err := t.dir.File(args.filename)
	switch {
	case err != nil:
		return nil, err
	case saving:
		return t.save(ctx, c, name, args)
	}
	return t.look(ctx, c, name, args.lines)
}

// canSave returns why no file can be saved on the host.
func (t *Tools) canSave() error {
	switch {
	case t.env.Elsewhere:
		return mistake.Errorf("save_to is not available over HTTP: the user is at another computer. Copy the file to %s in run_python, "+
			"and give the user the link in the answer.", t.dir.Path(sessions.OutDir))
	case t.host.Any():
		return nil
	case t.host.Missing() != "":
		return mistake.Errorf("save_to is not available: %s. Leave it out, or ask the user to create the folder and restart the server.", t.host.Missing())
	}
	return mistake.Errorf("save_to is not available: no folder of this computer is open to the tool. " +
		"Leave it out, or ask the user to start the server with --allow-dir DIR, where DIR is a folder to save in.")
}

// open opens a file by its name, in any form of Unicode, or as it is written in a
// link.
func (t *Tools) open(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
	if t.isNotebook(ctx, id, name) {
		f, body := t.openNotebook(id)
		return f, body, nil
	}
	f, body, err := t.pool.Download(ctx, id, name)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, body, err
	}
	other, otherErr := t.otherSpelling(ctx, id, name)
	switch {
	case otherErr != nil:
		return f, nil, otherErr
	case other != "":
		return t.pool.Download(ctx, id, other)
	}
	if decoded, ok := sessionpath.Decoded(name); ok {
		if f, body, err := t.open(ctx, id, decoded); err == nil {
			return f, body, nil
		}
	}
	return f, body, err
}

// fileMeta describes a file for programs.
func fileMeta(d sessionpath.Dir, f sessions.File) *mcp.Meta {
	return mcp.NewMetaFromMap(map[string]any{"name": f.Name, "path": d.Path(f.Name), "size": f.Size, "media_type": mediaType(f.Name)})
}
