package tools

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/charset"
	"dynamic-sessions-mcp/tools/excerpt"
	"dynamic-sessions-mcp/tools/notebook"
	"dynamic-sessions-mcp/tools/prose"
	"dynamic-sessions-mcp/tools/runs"
)

// The notebook of a conversation is not among the files of its session: the tools show it
// there. A file of that name that code made, or the user uploaded, comes before it. Only
// while code runs that names it there is a copy for that.

// removalTime bounds how long removing the copy may take.
const removalTime = 5 * time.Second

// noteRun adds a run that has ended to the notebook, if its code may have run.
func (t *Tools) noteRun(id sessions.ID, e runs.Ended) {
	t.removeCopy(id)
	x := e.Outcome
	if x == nil && !isAny(e.Err, sessions.ErrOutcomeUnknown, context.Canceled, context.DeadlineExceeded) {
		return
	}
	r := notebook.Run{Code: e.Code, Began: e.Began, Took: e.Took, Limit: e.Limit, Outcome: x}
	if x != nil && x.Duration < e.Took { // it had waited
		r.Began, r.Took = e.Began.Add(e.Took-x.Duration), x.Duration
	}
	t.notebooks.Ran(id, r)
}

// placeCopy lets code see the notebook if it names it, unless it has a file of that name.
// Without a copy it gets the error that there is no such file.
func (t *Tools) placeCopy(ctx context.Context, id sessions.ID, code string) {
	if !strings.Contains(code, notebook.Name) {
		return
	}
	if _, err := t.pool.Stat(ctx, id, notebook.Name); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if f, err := t.pool.Upload(ctx, id, notebook.Name, bytes.NewReader(t.notebooks.Encode(id))); err == nil {
		t.notebooks.SetCopy(id, f)
	}
}

// removeCopy removes the copy, unless code has made another file of it.
func (t *Tools) removeCopy(id sessions.ID) {
	placed, ok := t.notebooks.TakeCopy(id)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), removalTime)
	defer cancel()
	if f, err := t.pool.Stat(ctx, id, notebook.Name); err == nil && f.Size == placed.Size && f.Modified.Equal(placed.Modified) {
		_ = t.pool.Delete(ctx, id, notebook.Name) // else it is a file like others
	}
}

// isNotebook reports whether a name means the notebook, and not a file of the session.
func (t *Tools) isNotebook(ctx context.Context, id sessions.ID, name string) bool {
	if name != notebook.Name {
		return false
	}
	f, err := t.pool.Stat(ctx, id, name)
	return errors.Is(err, fs.ErrNotExist) || err == nil && t.notebooks.IsCopy(id, f)
}

// openNotebook opens the notebook as if it were a file.
func (t *Tools) openNotebook(id sessions.ID) (sessions.File, io.ReadCloser) {
	data := t.notebooks.Encode(id)
	modified := t.notebooks.Summary(id).Modified
	if modified.IsZero() {
		modified = time.Now()
	}
	return sessions.File{Name: notebook.Name, Size: int64(len(data)), Modified: modified}, io.NopCloser(bytes.NewReader(data))
}

// lookAtNotebook answers with an outline of the notebook, or with lines of it, of which
// it has one for each cell.
func (t *Tools) lookAtNotebook(ctx context.Context, c call, lines excerpt.Range) (*mcp.CallToolResult, error) {
	found, body := t.openNotebook(c.session)
	f := seenFile{File: found, path: t.dir.Path(found.Name), rest: body}
	if lines.All() {
		result := mcp.NewToolResultText(f.about() + ":")
		result.Content = append(result.Content, mcp.NewTextContent(prose.Clean(t.notebooks.Outline(c.session))))
		return t.linked(c, f, result), nil
	}
	set, _ := charset.Detect(nil, true)
	f.whole = true
	return t.lookAtText(ctx, c, f, set, lines)
}

// downloadNotebook answers a call of download_file that is about the notebook, unless it
// is to be saved as files are. ok is false if that is to be done.
func (t *Tools) downloadNotebook(ctx context.Context, c call, args downloadArgs) (_ *mcp.CallToolResult, ok bool, err error) {
	if name, err := t.dir.File(args.filename); err != nil || !t.isNotebook(ctx, c.session, name) {
		return nil, false, nil
	}
	if args.saveTo != nil && *args.saveTo != "" {
		return t.notebookToOut(ctx, c, *args.saveTo)
	}
	result, err := t.lookAtNotebook(ctx, c, args.lines)
	return result, true, err
}

// notebookToOut puts the notebook among the files for the user, if that is where it is to
// be saved. ok is false if it is not.
func (t *Tools) notebookToOut(ctx context.Context, c call, to string) (_ *mcp.CallToolResult, ok bool, err error) {
	name, err := t.dir.Folder(to)
	if t.delivery == nil || err != nil || name != sessions.OutDir && !strings.HasPrefix(name, sessions.OutDir+"/") {
		return nil, false, nil
	}
	if path.Ext(name) != path.Ext(notebook.Name) {
		name = path.Join(name, notebook.Name)
	}
	f, err := t.pool.Upload(ctx, c.session, name, bytes.NewReader(t.notebooks.Encode(c.session)))
	if err != nil {
		return nil, true, err
	}
	lines := append([]string{"Saved the notebook as " + prose.Name(t.dir.Path(f.Name)) + ", " + prose.Size(f.Size) + "."}, t.deliver(ctx, c)...)
	result := mcp.NewToolResultText(strings.Join(lines, "\n"))
	result.Meta = fileMeta(t.dir, f)
	return result, true, nil
}

// notebookNote is a line for the listing of the session's folder, "" if the notebook is
// empty, or another file has its name.
func (t *Tools) notebookNote(id sessions.ID, files []sessions.File) string {
	if s := t.notebooks.Summary(id); s.Runs+s.Uploads == 0 {
		return ""
	}
	for _, f := range files {
		if f.Name == notebook.Name {
			return ""
		}
	}
	return "\n" + t.dir.Relative(notebook.Name) + " is this conversation as a notebook."
}
