package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/hostfs"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// maxSaved bounds how many files of a folder are saved at once.
const maxSaved = 1000

// save saves a file, or a folder, on the host's disk.
func (t *Tools) save(ctx context.Context, c call, name string, args downloadArgs) (*mcp.CallToolResult, error) {
	if !args.lines.All() {
		return nil, mistake.Errorf("Both lines and save_to were given, and a file is saved whole. Leave one of them out.")
	}
	if p, ok := t.userPath(*args.saveTo); ok {
		if strings.HasSuffix(*args.saveTo, "/") {
			p.host += string(filepath.Separator)
		}
		args.saveTo = &p.host
	}
	f, body, err := t.open(ctx, c.session, name)
	if err == nil {
		defer body.Close()
		return t.saveFile(f, body, args)
	}
	if folder, found, ok := t.folder(ctx, c.session, name); ok {
		return t.saveFolder(ctx, c, folder, found, args)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, t.notThere(ctx, c.session, name)
	}
	return nil, err
}

// saveFile streams a file to the host's disk.
func (t *Tools) saveFile(f sessions.File, body io.Reader, args downloadArgs) (*mcp.CallToolResult, error) {
	path, err := t.host.Save(*args.saveTo, f.Name, body, f.Size, args.overwrite)
	if err != nil {
		return nil, err
	}
	result := mcp.NewToolResultText("Saved " + prose.Name(t.dir.Path(f.Name)) + " as " + prose.Name(path) + ", " + prose.Size(f.Size) + ".")
	result.Meta = fileMeta(t.dir, f)
	return result, nil
}

// folder lists all that is in a folder of the session. ok is false if there is no
// such folder.
func (t *Tools) folder(ctx context.Context, id sessions.ID, name string) (there string, found sessions.Listing, ok bool) {
	if other, err := t.otherSpelling(ctx, id, name); err == nil && other != "" {
		name = other
	}
	found, err := t.pool.List(ctx, id, name, true)
	return name, found, err == nil
}

// saveFolder saves the files of a folder with the folders that they are in.
func (t *Tools) saveFolder(ctx context.Context, c call, folder string, found sessions.Listing, args downloadArgs) (*mcp.CallToolResult, error) {
	files := visibleFiles(found.Files)
	if len(files) == 0 {
		return nil, mistake.Errorf("%s has no files to save.", prose.Name(t.dir.Path(folder)))
	}
	if len(files) > maxSaved || found.Omitted < 0 {
		return nil, mistake.Errorf("%s has %d files, and at most %d are saved at once. Save its folders one by one, or pack it with shutil.make_archive in run_python and save the archive.",
			prose.Name(t.dir.Path(folder)), len(files), maxSaved)
	}
	place, err := t.host.Place(*args.saveTo, path.Base(folder))
	if err != nil {
		return nil, err
	}
	var done transfer
	for i, f := range files {
		rel := strings.TrimPrefix(f.Name, folder+"/")
		c.progress.step(i, len(files), rel)
		size, err := t.saveBelow(ctx, c.session, place, rel, f, args.overwrite)
		if text, refused := t.refusal(err); refused {
			done.refuse(rel, text)
			continue
		}
		if err != nil {
			return nil, t.stopped(err, "Saved", done, rel)
		}
		done.add(rel, size)
	}
	if len(done.names) == 0 {
		return nil, mistake.Errorf("Nothing was saved in %s. %s", prose.Name(place.Path()), done.refusals())
	}
	text := fmt.Sprintf("Saved %s of %s in %s: %s.", done.count(), prose.Name(t.dir.Path(folder)), prose.Name(place.Path()), done.some())
	if found.Omitted > 0 {
		text += fmt.Sprintf(" %s: links, devices or names that the tools cannot take.", prose.Count(found.Omitted, "entry was left out", "entries were left out"))
	}
	if why := done.refusals(); why != "" {
		text += "\n" + why
	}
	result := mcp.NewToolResultText(text)
	result.Meta = mcp.NewMetaFromMap(map[string]any{"path": t.dir.Path(folder), "count": len(done.names), "size": done.size, "refused": len(done.refused)})
	return result, nil
}

func (t *Tools) saveBelow(ctx context.Context, id sessions.ID, place hostfs.Place, rel string, f sessions.File, overwrite bool) (int64, error) {
	f, body, err := t.pool.Download(ctx, id, f.Name)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return f.Size, place.Save(rel, body, f.Size, overwrite)
}
