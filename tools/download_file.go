package tools

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"strconv"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/picture"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/render"
	"dynamic-sessions-mcp/tools/sessionpath"
)

// longFile is the size above which a file is read only when it is the user's turn.
const longFile = 1 << 20

type downloadArgs struct {
	filename string
	saveTo   *string
}

func (t *Tools) downloadFile() server.ServerTool {
	return serverTool(t, definition[downloadArgs]{
		name:        "download_file",
		title:       "Download a file",
		description: t.downloadDescription(),
		params: []parameter[downloadArgs]{
			requiredText("filename", "Name in the session, such as \"report.xlsx\" or "+strconv.Quote(t.dir.Path("plots/a.png"))+".",
				func(a *downloadArgs) *string { return &a.filename }),
			optionalText("save_to", "Folder or new file on the computer that runs this server, such as \"/home/ada/results/\".",
				func(a *downloadArgs) **string { return &a.saveTo }),
		},
		hints:    hints{readOnly: !t.host.Any(), destructive: t.host.Any(), idempotent: !t.host.Any()},
		maxChars: 2 * t.maxText,
		activity: "downloading",
		run:      t.download,
	})
}

func (t *Tools) downloadDescription() string {
	text := "Get a file that code saved in the Python session. " +
		"Use it to view a file or to deliver it to the user.\n" +
		"Text of up to " + strconv.Itoa(t.maxText) + " characters is returned as text, a picture as an image; for anything else the answer gives " +
		"name, size and type. To process a file, read it with run_python instead."
	if t.host.Any() {
		return text + "\nsave_to saves a file of any size on the user's computer, in a folder that the user opened to this server. It never replaces a file. Only documents and data are saved, nothing hidden; give a program a name such as \"clean.py.txt\"."
	}
	return text + "\nsave_to is not available: " + t.host.WhyNone() + "."
}

func (t *Tools) download(ctx context.Context, c call, args downloadArgs) (*mcp.CallToolResult, error) {
	saving := args.saveTo != nil && *args.saveTo != ""
	if saving && !t.host.Any() && t.host.Missing() != "" {
		return nil, mistake.Errorf("save_to is not available: %s. Leave it out, or ask the user to create the folder and restart the server.", t.host.Missing())
	}
	if saving && !t.host.Any() {
		return nil, mistake.Errorf("save_to is not available: no folder of this computer is open to the tool. " +
			"Leave it out, or ask the user to start the server with --allow-dir DIR, where DIR is a folder to save in.")
	}
	name, err := t.dir.File(args.filename)
	if err != nil {
		return nil, err
	}
	f, body, err := t.open(ctx, c.session, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.notThere(ctx, c.session, name)
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	if saving {
		return t.save(f, body, *args.saveTo)
	}
	return t.show(ctx, c, f, body)
}

// open opens a file by its name, in any form of Unicode.
func (t *Tools) open(ctx context.Context, id sessions.ID, name string) (sessions.File, io.ReadCloser, error) {
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
	return f, body, err
}

// save streams the file to the host's disk.
func (t *Tools) save(f sessions.File, body io.Reader, saveTo string) (*mcp.CallToolResult, error) {
	path, err := t.host.Save(saveTo, f.Name, body, f.Size)
	if err != nil {
		return nil, err
	}
	result := mcp.NewToolResultText("Saved " + prose.Name(t.dir.Path(f.Name)) + " as " + prose.Name(path) + ", " + prose.Size(f.Size) + ".")
	result.Meta = fileMeta(t.dir, f)
	return result, nil
}

// show answers with what the model can see of the file.
func (t *Tools) show(ctx context.Context, c call, f sessions.File, body io.Reader) (*mcp.CallToolResult, error) {
	head, err := io.ReadAll(io.LimitReader(body, 512))
	if err != nil {
		return nil, err
	}
	limit := int64(t.maxText * utf8.UTFMax)
	image := picture.Format(head) != ""
	if image {
		limit = picture.MaxBytes
	}
	if f.Size > limit {
		return t.mention(c, f, "It is too large to be shown."), nil
	}
	if f.Size > longFile {
		release, err := t.images.HoldFile(ctx)
		if err != nil {
			return nil, err
		}
		defer release()
	}
	rest, err := io.ReadAll(io.LimitReader(body, limit))
	if err != nil {
		return nil, err
	}
	data := append(head, rest...)
	switch {
	case image:
		return t.showImage(ctx, c, f, data)
	case len(data) == 0:
		return t.mention(c, f, "It is empty."), nil
	case !textual(data):
		return t.mention(c, f, "It is not text."), nil
	case utf8.RuneCount(data) > t.maxText:
		return t.mention(c, f, "It is too long to be shown; read parts of it with run_python."), nil
	}
	return t.showText(f, string(data)), nil
}

func (t *Tools) showText(f sessions.File, text string) *mcp.CallToolResult {
	shown := prose.CleanFile(text)
	result := mcp.NewToolResultText(shown)
	if shown != text {
		result.Content = append(result.Content, mcp.NewTextContent(
			"Notice from the server:\n- Control characters and escape sequences of the file were removed above."))
	}
	result.Meta = fileMeta(t.dir, f)
	return result
}

func (t *Tools) showImage(ctx context.Context, c call, f sessions.File, data []byte) (*mcp.CallToolResult, error) {
	images := t.images.NewBatch()
	p, err := images.Check(ctx, data)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return t.mention(c, f, "It cannot be shown: "+err.Error()+"."), nil
	}
	small, ok := images.Shrink(ctx, p, base64.StdEncoding.DecodedLen(render.MaxResult-4096))
	if !ok {
		return t.mention(c, f, "It is too large to be shown."), nil
	}
	result := mcp.NewToolResultText(render.FileLine(t.dir, f))
	if small.Note != "" {
		result = mcp.NewToolResultText(render.FileLine(t.dir, f) + "; " + small.Note)
	}
	result.Content = append(result.Content, mcp.NewImageContent(base64.StdEncoding.EncodeToString(small.Data), small.MediaType))
	result.Meta = fileMeta(t.dir, f)
	return result, nil
}

// mention answers for a file whose contents are not shown.
func (t *Tools) mention(c call, f sessions.File, why string) *mcp.CallToolResult {
	next := " Read it with run_python"
	if t.host.Any() {
		next += ", or pass save_to to save it on the user's computer"
	}
	result := mcp.NewToolResultText(render.FileLine(t.dir, f) + ", " + mediaType(f.Name) + ". " + why + next + ".")
	if c.link != nil {
		result.Content = append(result.Content, c.link(f))
	}
	result.Meta = fileMeta(t.dir, f)
	return result
}

// fileMeta describes a file for programs.
func fileMeta(d sessionpath.Dir, f sessions.File) *mcp.Meta {
	return mcp.NewMetaFromMap(map[string]any{"name": f.Name, "path": d.Path(f.Name), "size": f.Size, "media_type": mediaType(f.Name)})
}
