package tools

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/hostfs"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

const (
	// maxNamed bounds how many of the uploaded or saved files an answer names, and
	// maxReasons how many of those that were refused.
	maxNamed, maxReasons = 12, 8
)

// uploadLocal stores what local_path means: a file, or several below a folder of the
// session. The session's disk is their bound.
func (t *Tools) uploadLocal(ctx context.Context, c call, args uploadArgs) (*mcp.CallToolResult, error) {
	if err := t.canRead(); err != nil {
		return nil, err
	}
	given, err := hostfs.Path(*args.localPath)
	if err != nil {
		return nil, err
	}
	if p, ok := t.userPath(given); ok {
		given = p.host
	}
	found, err := t.host.Find(ctx, given)
	if err != nil {
		return nil, err
	}
	name := found.Name
	if args.filename != nil && strings.TrimSpace(*args.filename) != "" {
		name, err = t.dir.Folder(*args.filename)
	} else {
		name, err = sessions.CleanName(name)
	}
	if err != nil {
		return nil, err
	}
	ctx = sessions.WithDiskAsBound(ctx)
	if found.Single {
		return t.uploadSingle(ctx, c, name, found)
	}
	return t.uploadSeveral(ctx, c, name, found)
}

// canRead returns why no file of the host can be read.
func (t *Tools) canRead() error {
	switch {
	case t.env.Elsewhere:
		return mistake.Errorf("local_path is not available over HTTP: the user is at another computer. Send the file as content or content_base64.")
	case t.host.Any():
		return nil
	case t.host.Missing() != "":
		return mistake.Errorf("local_path is not available: %s. Send the file as content or content_base64, "+
			"or ask the user to create the folder and restart the server.", t.host.Missing())
	}
	return mistake.Errorf("local_path is not available: no folder of this computer is open to the tool. " +
		"Send the file as content or content_base64, or ask the user to start the server with --allow-dir DIR, where DIR is the folder that contains it.")
}

func (t *Tools) uploadSingle(ctx context.Context, c call, name string, found hostfs.Found) (*mcp.CallToolResult, error) {
	if name == "" {
		name = found.Name // filename is the folder of all files
	}
	file, err := found.Files[0].Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return t.uploadOne(ctx, c, name, file)
}

// uploadSeveral stores files below a folder of the session. What cannot be stored is
// left out and said; if nothing more can be, it is said what was.
func (t *Tools) uploadSeveral(ctx context.Context, c call, folder string, found hostfs.Found) (*mcp.CallToolResult, error) {
	if len(found.Files) == 0 {
		return nil, mistake.Errorf("There is no file in this folder to upload%s.", leftOut(found))
	}
	var done transfer
	for i, f := range found.Files {
		c.progress.step(i, len(found.Files), f.Rel)
		stored, err := t.uploadFound(ctx, c, path.Join(folder, f.Rel), f)
		if text, refused := t.refusal(err); refused {
			done.refuse(f.Rel, text)
			continue
		}
		if err != nil {
			return nil, t.stopped(err, "Uploaded", done, f.Rel)
		}
		done.add(t.dir.Relative(stored.Name), stored.Size)
	}
	if len(done.names) == 0 {
		return nil, mistake.Errorf("No file was uploaded. %s", done.refusals())
	}
	where := prose.Name(strings.TrimSuffix(t.dir.Path(folder), "/") + "/")
	if folder == "" {
		where = t.dir.Where()
	}
	text := fmt.Sprintf("Uploaded %s to %s: %s.", done.count(), where, done.some())
	if note := leftOut(found); note != "" {
		text += " Left out" + strings.TrimPrefix(note, ", leaving out") + "."
	}
	if why := done.refusals(); why != "" {
		text += "\n" + why
	}
	result := mcp.NewToolResultText(text)
	result.Meta = mcp.NewMetaFromMap(map[string]any{"path": t.dir.Path(folder), "count": len(done.names), "size": done.size, "refused": len(done.refused)})
	return result, nil
}

func (t *Tools) uploadFound(ctx context.Context, c call, name string, f hostfs.FoundFile) (sessions.File, error) {
	place, _, err := t.placeFor(ctx, c.session, name)
	if err != nil {
		return sessions.File{}, err
	}
	body, err := f.Open()
	if err != nil {
		return sessions.File{}, err
	}
	defer body.Close()
	return t.store(ctx, c, place, body)
}

// leftOut says what of a folder was not taken, within a sentence, or "".
func leftOut(found hostfs.Found) string {
	var parts []string
	if found.Hidden > 0 {
		parts = append(parts, prose.Count(found.Hidden, "hidden file or folder", "hidden files or folders"))
	}
	if found.Special > 0 {
		parts = append(parts, prose.Count(found.Special, "link that leads out, device or unreadable folder", "links that lead out, devices or unreadable folders"))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", leaving out " + strings.Join(parts, " and ")
}

// refusal is the text of an error that is about one file, so that others can still be
// transferred.
func (t *Tools) refusal(err error) (text string, ok bool) {
	if text, ok := mistake.Text(err); ok {
		return text, true
	}
	if isAny(err, sessions.ErrInvalidName, sessions.ErrTooLarge) {
		return t.dir.Reword(prose.Line(err.Error(), 300)), true
	}
	return "", false
}

// stopped is the mistake for an error that ended a transfer of several files.
func (t *Tools) stopped(err error, verb string, done transfer, at string) error {
	if len(done.names) == 0 {
		return err
	}
	return mistake.Errorf("Stopped at %s: %s %s before that: %s.", prose.Name(at), t.explain(err), verb, done.count()+", "+done.allNames())
}

// A transfer is what came of the transfer of several files.
type transfer struct {
	names   []string
	size    int64
	refused []refusedFile
}

type refusedFile struct{ name, why string }

func (d *transfer) add(name string, size int64) {
	d.names = append(d.names, name)
	d.size += size
}

func (d *transfer) refuse(name, why string) { d.refused = append(d.refused, refusedFile{name, why}) }

// count is how many files there are and how large they are together.
func (d *transfer) count() string {
	return prose.Count(len(d.names), "file", "files") + ", " + prose.Rounded(d.size)
}

// some names the first of the files.
func (d *transfer) some() string {
	text := strings.Join(prose.Names(d.names[:min(len(d.names), maxNamed)]), ", ")
	if more := len(d.names) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// allNames names the files, and of many the first and the last.
func (d *transfer) allNames() string {
	if len(d.names) <= maxNamed {
		return d.some()
	}
	ends := prose.Names([]string{d.names[0], d.names[len(d.names)-1]})
	return "from " + ends[0] + " to " + ends[1] + " in order of name"
}

// refusals says what was refused and why, what is refused for the same reason together.
func (d *transfer) refusals() string {
	if len(d.refused) == 0 {
		return ""
	}
	var order []string
	byReason := map[string][]string{}
	for _, f := range d.refused {
		if _, ok := byReason[f.why]; !ok {
			order = append(order, f.why)
		}
		byReason[f.why] = append(byReason[f.why], f.name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s refused:", prose.Count(len(d.refused), "file was", "files were"))
	for _, why := range order[:min(len(order), maxReasons)] {
		names := byReason[why]
		fmt.Fprintf(&b, "\n- %s", strings.Join(prose.Names(names[:min(len(names), maxReasons)]), ", "))
		if more := len(names) - maxReasons; more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
		fmt.Fprintf(&b, ": %s", why)
	}
	if more := len(order) - maxReasons; more > 0 {
		fmt.Fprintf(&b, "\n- others for %s", prose.Count(more, "more reason", "more reasons"))
	}
	return b.String()
}

func isAny(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}
