package tools

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
)

const (
	fileScheme = "sandbox"
	// FileTemplate is the URI template by which clients read the files of their
	// conversation's session (RFC 6570). The URI of a file is its path in the
	// session, as code sees it, after "sandbox://".
	FileTemplate = fileScheme + "://" + sessions.DataDir + "/{+path}"
	// maxResource bounds what one read of a resource returns, in bytes.
	maxResource = 5 << 20
	// maxCompletions is the most that the specification lets a server return.
	maxCompletions = 100
)

func (d dataDir) fileTemplate() mcp.ResourceTemplate {
	return mcp.NewResourceTemplate(FileTemplate, "session_files",
		mcp.WithTemplateDescription("A file of the Python session of this conversation, of up to 5 MiB. "+
			"path is its name below "+d.where()+", such as plots/a.png."))
}

// readFile answers resources/read. Its errors reach the user of the client as
// they are.
func (t *Tools) readFile(ctx context.Context, req mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	contents, err := t.readURI(ctx, req.Params.URI)
	if err != nil {
		return nil, errors.New(t.explain(err))
	}
	return []mcp.ResourceContents{contents}, nil
}

func (t *Tools) readURI(ctx context.Context, uri string) (mcp.ResourceContents, error) {
	name, err := fileOf(uri)
	if err != nil {
		return nil, err
	}
	id, err := t.session(ctx)
	if err != nil {
		return nil, err
	}
	f, body, err := t.pool.Download(ctx, id, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.notThere(ctx, id, name)
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, whole, err := readWhole(body, maxResource)
	if err != nil {
		return nil, err
	}
	if !whole {
		return nil, mistakef("%s has %s, more than the %d MiB that can be read as a resource. Use download_file with save_to.",
			shown(t.dir.path(f.Name)), size(f.Size), maxResource>>20)
	}
	kind := mediaType(f.Name)
	if textual(data) && !strings.HasPrefix(kind, "image/") || kind == "image/svg+xml" && textual(data) {
		return mcp.TextResourceContents{URI: uri, MIMEType: textType(kind), Text: string(data)}, nil
	}
	return mcp.BlobResourceContents{URI: uri, MIMEType: kind, Blob: base64.StdEncoding.EncodeToString(data)}, nil
}

// readWhole reads a file of at most limit bytes.
func readWhole(body io.Reader, limit int64) ([]byte, bool, error) {
	var buf bytes.Buffer
	n, err := io.Copy(&buf, io.LimitReader(body, limit+1))
	return buf.Bytes(), n <= limit, err
}

// textType is the type of a text whose name says nothing about it.
func textType(kind string) string {
	if kind == "application/octet-stream" {
		return "text/plain"
	}
	return kind
}

// fileOf is the name of the file that uri names. It is decoded once: a name
// with %2e in it stays one.
func fileOf(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != fileScheme || u.Host != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", mistakef("%s names no file of a session. A name is %s://%s/ followed by the percent-encoded path of a file.",
			plain(uri, 200), fileScheme, sessions.DataDir)
	}
	return sessions.CleanName(u.Path)
}

// CompleteResourceArgument completes {path} of FileTemplate from the files that
// the session has.
func (t *Tools) CompleteResourceArgument(ctx context.Context, uri string, arg mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	none := &mcp.Completion{Values: []string{}}
	if uri != FileTemplate || arg.Name != "path" {
		return none, nil
	}
	id, err := t.session(ctx)
	if err != nil {
		return nil, errors.New(t.explain(err))
	}
	// A completion must not make a session, which listing would.
	if _, err := t.pool.Describe(ctx, id); errors.Is(err, sessions.ErrNoSession) {
		return none, nil
	}
	found, err := t.pool.List(ctx, id, "", true)
	if err != nil {
		return nil, errors.New(t.explain(err))
	}
	return complete(found, arg.Value), nil
}

func complete(found sessions.Listing, prefix string) *mcp.Completion {
	c := &mcp.Completion{Values: []string{}, HasMore: found.Omitted < 0}
	for _, f := range found.Files {
		if f.Dir || !strings.HasPrefix(f.Name, prefix) {
			continue
		}
		c.Total++
		if len(c.Values) == maxCompletions {
			c.HasMore = true
			continue
		}
		c.Values = append(c.Values, f.Name)
	}
	return c
}
