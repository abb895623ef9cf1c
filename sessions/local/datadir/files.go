package datadir

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/await"
	"dynamic-sessions-mcp/sessions/local/tree"
)

// Stat describes a file or a folder. Names are relative to the folder and clean,
// as [sessions.CleanName] returns them; errors are in the domain's terms.
func (d *Dir) Stat(ctx context.Context, name string) (sessions.File, error) {
	f, err := await.Do(ctx, d.owner, func(context.Context) (sessions.File, error) {
		info, err := d.root.Stat(name)
		if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			err = errSpecial(name)
		}
		if err != nil {
			return sessions.File{}, err
		}
		return describe(name, info), nil
	})
	return f, fileError(name, err)
}

// Open opens a file for reading. The caller closes it.
func (d *Dir) Open(ctx context.Context, name string) (sessions.File, io.ReadCloser, error) {
	file, err := await.Do(ctx, d.owner, func(ctx context.Context) (*os.File, error) { return d.open(ctx, name) })
	if err != nil {
		return sessions.File{}, nil, fileError(name, err)
	}
	info, err := file.Stat()
	if err == nil {
		err = onlyRegular(name, info)
	}
	if err != nil {
		file.Close()
		return sessions.File{}, nil, fileError(name, err)
	}
	return describe(name, info), file, nil
}

func (d *Dir) open(ctx context.Context, name string) (*os.File, error) {
	file, err := d.openAtOnce(name)
	if err == nil && ctx.Err() != nil {
		file.Close() // nobody waits for it any more
	}
	return file, err
}

// openAtOnce opens what has a name. Opening a pipe that nobody writes would wait for ever.
func (d *Dir) openAtOnce(name string) (*os.File, error) {
	return d.root.OpenFile(name, os.O_RDONLY|nonblock, 0)
}

// onlyRegular returns why a file cannot be read, nil if it can.
func onlyRegular(name string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return fmt.Errorf("%w %q: it is a folder; name a file in it", sessions.ErrInvalidName, name)
	case !info.Mode().IsRegular():
		return errSpecial(name)
	}
	return nil
}

// Remove removes a file, or a folder with everything in it, however deep.
func (d *Dir) Remove(ctx context.Context, name string) error {
	_, err := await.Do(ctx, d.owner, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, d.remove(ctx, name)
	})
	if err == nil {
		d.noteRemoval(name)
	}
	return fileError(name, err)
}

func (d *Dir) remove(ctx context.Context, name string) error {
	parent, err := d.root.OpenRoot(path.Dir(name))
	if err != nil {
		return err
	}
	defer parent.Close()
	f, err := tree.Open(parent)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.RemoveAll(ctx, path.Base(name))
}

func describe(name string, info fs.FileInfo) sessions.File {
	f := sessions.File{Name: name, Modified: info.ModTime().UTC(), Dir: info.IsDir()}
	if !f.Dir {
		f.Size = info.Size()
	}
	return f
}
