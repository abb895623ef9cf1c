package tools

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/hostpath"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/prose"
)

type uploadArgs struct {
	filename, content, base64, localPath *string
}

func (t *Tools) uploadFile() server.ServerTool {
	return serverTool(t, definition[uploadArgs]{
		name:        "upload_file",
		title:       "Upload a file",
		description: t.uploadDescription(),
		params: []parameter[uploadArgs]{
			optionalText("filename", t.uploadNames(),
				func(a *uploadArgs) **string { return &a.filename }),
			optionalText("content", "The file's text, exactly as it is to be stored, such as \"name,age\\nAda,36\\n\".",
				func(a *uploadArgs) **string { return &a.content }),
			optionalText("content_base64", "The file's bytes in base64, for binary files.",
				func(a *uploadArgs) **string { return &a.base64 }),
			optionalText("local_path", fmt.Sprintf("File, folder or pattern on the computer that runs this server, such as \"%s\", \"%s\" or \"%s\". Contents do not pass through the model.",
				hostpath.Short("data.csv"), hostpath.Short("reports"), hostpath.Short("data/**/*.csv")),
				func(a *uploadArgs) **string { return &a.localPath }).unlistedIf(t.env.Elsewhere),
		},
		hints:    hints{destructive: true, idempotent: true},
		activity: "uploading",
		run:      t.upload,
	})
}

func (t *Tools) uploadDescription() string {
	one := "content (text) and content_base64 (any bytes). "
	if !t.env.Elsewhere {
		one = "content (text), content_base64 (any bytes) and local_path (on the user's computer: a file, all files of a folder, or of a pattern, at most 1000). "
	}
	text := "Upload files to the Python session, so that code in run_python can read them. " +
		"Use it when the code needs data that it cannot produce itself.\n" +
		"Give exactly one of " + one + t.pathOfUpload() +
		"An existing file of the same name is replaced. Files last as long as the session."
	if t.host.Any() {
		text += "\nlocal_path must be inside a folder that the user opened to this server"
		if !t.host.ReadsHidden() {
			text += ", and not hidden"
		}
		return text + "."
	}
	if t.env.Elsewhere {
		return text
	}
	return text + "\nlocal_path is not available: " + t.host.WhyNone() + "."
}

// uploadNames describes the argument filename.
func (t *Tools) uploadNames() string {
	text := "Name in the session, such as \"data.csv\" or \"inputs/data.csv\""
	if t.env.Elsewhere {
		return text + "."
	}
	return text + "; of several files, the folder that they go to. Default: the name of local_path."
}

// pathOfUpload says how code opens what was uploaded.
func (t *Tools) pathOfUpload() string {
	if t.dir.IsWorkingDir() {
		return "Files live in the working directory: code opens it by the name that the answer gives, e.g. open('data.csv'). "
	}
	return "The answer gives the full path by which code opens it, " + t.dir.Path("<filename>") + ". "
}

func (t *Tools) upload(ctx context.Context, c call, args uploadArgs) (*mcp.CallToolResult, error) {
	from, err := args.source()
	if err != nil {
		return nil, err
	}
	if from == "local_path" {
		return t.uploadLocal(ctx, c, args)
	}
	name, body, err := t.body(args, from)
	if err != nil {
		return nil, err
	}
	return t.uploadOne(ctx, c, name, body)
}

// uploadOne stores one file and says where.
func (t *Tools) uploadOne(ctx context.Context, c call, name string, body io.ReadSeeker) (*mcp.CallToolResult, error) {
	place, there, err := t.placeFor(ctx, c.session, name)
	if err != nil {
		return nil, err
	}
	f, err := t.store(ctx, c, place, body)
	if err != nil {
		return nil, err
	}
	result := mcp.NewToolResultText("Uploaded " + prose.Name(t.dir.Path(f.Name)) + ", " + prose.Size(f.Size) + "." + otherForm(name, place, there))
	result.Meta = mcp.NewMetaFromMap(map[string]any{"path": t.dir.Path(f.Name), "name": f.Name, "size": f.Size})
	return result, nil
}

// store stores a file, and remembers it.
func (t *Tools) store(ctx context.Context, c call, name string, body io.ReadSeeker) (sessions.File, error) {
	reading := notebook.Read(body)
	f, err := t.pool.Upload(ctx, c.session, name, reading)
	if err == nil {
		t.history.Uploaded(c.session, f.Name)
		t.notebooks.Uploaded(c.session, reading.Upload(f.Name))
	}
	return f, err
}

// otherForm says that a file is stored under a name in another form of Unicode than
// the given one, and whether it existed.
func otherForm(given, name string, there bool) string {
	switch {
	case name == given:
		return ""
	case norm.NFC.IsNormalString(name):
		return " Its name was in another Unicode form, as macOS writes names; it is stored in the usual form (NFC)."
	}
	quoted := prose.QuoteASCII(name)
	if there {
		return " It replaced the file with this name in another Unicode form: " + quoted + "."
	}
	return " Its folder has its name in another Unicode form: " + quoted + "."
}

// source returns the one argument that has the bytes. Models fill arguments that they
// do not mean with "", so an empty one counts only if there is no other.
func (args uploadArgs) source() (string, error) {
	var given, empty []string
	for _, s := range []struct {
		name  string
		value *string
	}{{"content", args.content}, {"content_base64", args.base64}, {"local_path", args.localPath}} {
		switch {
		case s.value == nil:
		case *s.value == "":
			empty = append(empty, s.name)
		default:
			given = append(given, s.name)
		}
	}
	switch {
	case len(given) == 1:
		return given[0], nil
	case len(given) > 1:
		return "", mistake.Errorf("Both %s were given. Give exactly one of content, content_base64 and local_path.", strings.Join(given, " and "))
	case len(empty) > 0 && empty[0] != "local_path":
		return empty[0], nil
	}
	return "", mistake.Errorf("Nothing to upload was given. Give exactly one of content (text), content_base64 and local_path.")
}

// body returns what is to be uploaded and does not come from the host's disk. It can
// be read again from the beginning, so that a pool can retry.
func (t *Tools) body(args uploadArgs, from string) (name string, body io.ReadSeeker, err error) {
	if args.filename != nil {
		name = *args.filename
	}
	if strings.TrimSpace(name) == "" {
		return "", nil, mistake.Errorf("The argument filename is missing. Give the name of the file in the session, such as \"data.csv\".")
	}
	if name, err = t.dir.File(name); err != nil {
		return "", nil, err
	}
	data := []byte(nil)
	if from == "content" {
		data = []byte(*args.content)
	} else if data, err = decodeBase64(from, *args.base64); err != nil {
		return "", nil, err
	}
	return name, bytes.NewReader(data), nil
}
