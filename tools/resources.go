package tools

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/sessionpath"
)

const (
	// fileTemplate is the URI template by which clients read the files of their
	// conversation's session (RFC 6570). The URI of a file is its path in the
	// session, as code sees it, after "sandbox://".
	fileTemplate = sessionpath.Scheme + "://" + sessions.DataDir + "/{+path}"
	// sessionFileTemplate replaces it where there are [SessionHandles]: clients
	// that need a handle put it into the URI.
	sessionFileTemplate = fileTemplate + "{?" + sessionHandleArgument + "}"
	// maxResource bounds what one read of a resource returns, in bytes.
	maxResource = 5 << 20
	// maxCompletions is the most that the specification lets a server return.
	maxCompletions = 100
)

func (t *Tools) resourceTemplate() mcp.ResourceTemplate {
	template, text := fileTemplate, "A file of the Python session of this conversation, of up to 5 MiB. "+
		"path is its name below "+t.dir.Where()+", such as plots/a.png."
	if t.sessionHandles != nil {
		template = sessionFileTemplate
		text += " " + sessionHandleArgument + " is required only if the tools have an argument of that name, and takes the same value."
	}
	return mcp.NewResourceTemplate(template, "session_files", mcp.WithTemplateDescription(text))
}

// notebookResource is the notebook of the conversation, which is always there.
func notebookResource() mcp.Resource {
	return mcp.NewResource(sessionpath.Scheme+"://"+sessions.DataDir+"/"+notebook.Name, notebook.Name,
		mcp.WithResourceDescription("This conversation as a Jupyter notebook: code, outputs, uploads."), mcp.WithMIMEType(mediaType(notebook.Name)))
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
	name, handle, err := fileOf(uri)
	if err != nil {
		return nil, err
	}
	ctx, id, leave, err := t.owner(ctx, handle)
	if err != nil {
		return nil, err
	}
	defer leave()
	f, body, err := t.open(ctx, id, name)
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
		return nil, mistake.Errorf("%s has %s, more than the %d MiB that can be read as a resource. Use download_file with save_to.",
			prose.Name(t.dir.Path(f.Name)), prose.Size(f.Size), maxResource>>20)
	}
	kind := mediaType(f.Name)
	if textual(data) && !strings.HasPrefix(kind, "image/") || kind == "image/svg+xml" && textual(data) {
		return mcp.TextResourceContents{URI: uri, MIMEType: textType(kind), Text: string(data)}, nil
	}
	return mcp.BlobResourceContents{URI: uri, MIMEType: kind, Blob: base64.StdEncoding.EncodeToString(data)}, nil
}

// owner returns the session whose files a request is about: that of the conversation,
// or the one with the handle. The caller must use the returned context and then call
// leave.
func (t *Tools) owner(ctx context.Context, handle string) (_ context.Context, id sessions.ID, leave func(), err error) {
	if handle == "" {
		id, err = t.session(ctx)
		return ctx, id, func() {}, err
	}
	if t.sessionHandles == nil || !t.sessionHandles.Wanted(ctx) {
		return ctx, "", nil, mistake.Errorf("Files of this conversation take no %s. Omit it: a conversation reaches only its own files.", sessionHandleArgument)
	}
	h, err := t.sessionHandles.Open(ctx, handle)
	if err != nil {
		return ctx, "", nil, err
	}
	return h.Context, h.Session, func() { h.Leave(false) }, nil
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

// fileOf is the name of the file that uri names, and the handle in it, if any.
// The name is decoded once: one with %2e in it stays as it is.
func fileOf(uri string) (name, handle string, err error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != sessionpath.Scheme || u.Host != "" || u.User != nil || u.Fragment != "" {
		return "", "", namesNoFile(uri)
	}
	if u.RawQuery != "" {
		query, err := url.ParseQuery(u.RawQuery)
		if given := query[sessionHandleArgument]; err != nil || len(query) != 1 || len(given) != 1 || given[0] == "" {
			return "", "", namesNoFile(uri)
		}
		handle = query.Get(sessionHandleArgument)
	}
	name, err = sessions.CleanName(u.Path)
	return name, handle, err
}

func namesNoFile(uri string) error {
	return mistake.Errorf("%s does not name a file of a session. The URI of a file is %s://%s/ followed by its percent-encoded path.",
		prose.Line(uri, 200), sessionpath.Scheme, sessions.DataDir)
}

// CompleteResourceArgument completes {path} of fileTemplate from the files that
// the session has.
func (t *Tools) CompleteResourceArgument(ctx context.Context, uri string, arg mcp.CompleteArgument, given mcp.CompleteContext) (*mcp.Completion, error) {
	none := &mcp.Completion{Values: []string{}}
	if uri != fileTemplate && uri != sessionFileTemplate || arg.Name != "path" {
		return none, nil
	}
	ctx, id, leave, err := t.owner(ctx, given.Arguments[sessionHandleArgument])
	if err != nil {
		return nil, errors.New(t.explain(err))
	}
	defer leave()
	// A completion must not make a session, which listing would.
	if _, err := t.pool.Describe(ctx, id); errors.Is(err, sessions.ErrNoSession) {
		return none, nil
	}
	found, err := t.pool.List(ctx, id, "", true)
	if err != nil {
		return nil, errors.New(t.explain(err))
	}
	return complete(t.withNotebook(id, found), arg.Value), nil
}

// withNotebook adds the notebook to the files of a session, unless one has its name.
func (t *Tools) withNotebook(id sessions.ID, found sessions.Listing) sessions.Listing {
	if t.notebookNote(id, found.Files) != "" {
		byName := func(f sessions.File, name string) int { return strings.Compare(f.Name, name) }
		at, _ := slices.BinarySearchFunc(found.Files, notebook.Name, byName)
		found.Files = slices.Insert(slices.Clone(found.Files), at, sessions.File{Name: notebook.Name})
	}
	return found
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
