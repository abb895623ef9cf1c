package tools

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/text/unicode/norm"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/hostfs"
	"dynamic-sessions-mcp/tools/mistake"
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
			optionalText("filename", "Name in the session, such as \"data.csv\" or \"inputs/data.csv\". Required unless local_path is given, whose file name is the default.",
				func(a *uploadArgs) **string { return &a.filename }),
			optionalText("content", "The file's text, exactly as it is to be stored, such as \"name,age\\nAda,36\\n\".",
				func(a *uploadArgs) **string { return &a.content }),
			optionalText("content_base64", "The file's bytes in base64, for binary files.",
				func(a *uploadArgs) **string { return &a.base64 }),
			optionalText("local_path", "Path of a file on the computer that runs this server, such as \"/home/ada/data.csv\". Its contents do not pass through the model, which suits large files.",
				func(a *uploadArgs) **string { return &a.localPath }),
		},
		hints:    hints{destructive: true, idempotent: true},
		activity: "uploading",
		run:      t.upload,
	})
}

func (t *Tools) uploadDescription() string {
	text := "Upload a file to the Python session, so that code in run_python can read it. " +
		"Use it when the code needs data that it cannot produce itself.\n" +
		"Give exactly one of content (text), content_base64 (any bytes) and local_path (a file on the user's computer). " +
		t.pathOfUpload() +
		"An existing file of the same name is replaced. Files last as long as the session."
	if t.host.Any() {
		text += "\nlocal_path must be inside a folder that the user opened to this server"
		if !t.host.ReadsHidden() {
			text += ", and not hidden"
		}
		return text + "."
	}
	return text + "\nlocal_path is not available: " + t.host.WhyNone() + "."
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
	name, body, err := t.body(args, from)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	given := name
	name, there, err := t.placeFor(ctx, c.session, name)
	if err != nil {
		return nil, err
	}
	f, err := t.pool.Upload(ctx, c.session, name, body)
	if err != nil {
		return nil, err
	}
	t.history.Uploaded(c.session, f.Name)
	result := mcp.NewToolResultText("Uploaded " + prose.Name(t.dir.Path(f.Name)) + ", " + prose.Size(f.Size) + "." + otherForm(given, name, there))
	result.Meta = mcp.NewMetaFromMap(map[string]any{"path": t.dir.Path(f.Name), "name": f.Name, "size": f.Size})
	return result, nil
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

// body opens what is to be uploaded. The caller must close it. It can be read again
// from the beginning, so that a pool can retry.
func (t *Tools) body(args uploadArgs, from string) (name string, body io.ReadSeekCloser, err error) {
	if args.filename != nil {
		name = *args.filename
	}
	if from == "local_path" {
		return t.localFile(name, *args.localPath)
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
	return name, inMemory{bytes.NewReader(data)}, nil
}

// inMemory is a file that has nothing to close.
type inMemory struct{ *bytes.Reader }

// Close implements [io.Closer].
func (inMemory) Close() error { return nil }

func (t *Tools) localFile(name, path string) (string, io.ReadSeekCloser, error) {
	if !t.host.Any() && t.host.Missing() != "" {
		return "", nil, mistake.Errorf("local_path is not available: %s. Send the file as content or content_base64, "+
			"or ask the user to create the folder and restart the server.", t.host.Missing())
	}
	if !t.host.Any() {
		return "", nil, mistake.Errorf("local_path is not available: no folder of this computer is open to the tool. " +
			"Send the file as content or content_base64, or ask the user to start the server with --allow-dir DIR, where DIR is the folder that contains it.")
	}
	path, err := hostfs.Path(path)
	if err != nil {
		return "", nil, err
	}
	if name == "" {
		name, err = sessions.CleanName(filepath.Base(path))
	} else {
		name, err = t.dir.File(name)
	}
	if err != nil {
		return "", nil, err
	}
	file, err := t.host.OpenFile(path)
	if err != nil {
		return "", nil, err
	}
	return name, file, nil
}
