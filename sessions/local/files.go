package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"syscall"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local/tree"
)

// withFile finds the session for an operation on one of its files and cleans
// the file's name.
func (p *Pool) withFile(ctx context.Context, id sessions.ID, name string, do func(s *session, name string) error) error {
	name, err := sessions.CleanName(name)
	if err != nil {
		return err
	}
	s, release, err := p.acquire(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	return p.fileError(s, name, do(s, name))
}

// Stat implements [sessions.Pool].
func (p *Pool) Stat(ctx context.Context, id sessions.ID, name string) (f sessions.File, err error) {
	err = p.withFile(ctx, id, name, func(s *session, name string) error {
		info, err := elsewhere(ctx, &p.work, func(context.Context) (fs.FileInfo, error) { return s.box.root.Stat(name) })
		if err != nil {
			return err
		}
		if !info.IsDir() && !info.Mode().IsRegular() {
			return errSpecial(name)
		}
		f = describe(name, info)
		return nil
	})
	return f, err
}

// Download implements [sessions.Pool].
func (p *Pool) Download(ctx context.Context, id sessions.ID, name string) (f sessions.File, r io.ReadCloser, err error) {
	err = p.withFile(ctx, id, name, func(s *session, name string) error {
		file, err := p.open(ctx, s.box.root, name)
		if err != nil {
			return err
		}
		info, err := file.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = errSpecial(name)
			if info.IsDir() {
				err = fmt.Errorf("%w %q: it is a folder; name a file in it", sessions.ErrInvalidName, name)
			}
		}
		if err != nil {
			file.Close()
			return err
		}
		f, r = describe(name, info), file
		return nil
	})
	return f, r, err
}

// open opens a file for reading, unless ctx ends first.
func (p *Pool) open(ctx context.Context, root *os.Root, name string) (*os.File, error) {
	return elsewhere(ctx, &p.work, func(ctx context.Context) (*os.File, error) {
		// Opening a pipe that nobody writes would wait for ever.
		file, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
		if err == nil && ctx.Err() != nil {
			file.Close() // nobody waits for it any more
		}
		return file, err
	})
}

// Delete implements [sessions.Pool].
func (p *Pool) Delete(ctx context.Context, id sessions.ID, name string) error {
	return p.withFile(ctx, id, name, func(s *session, name string) error {
		_, err := elsewhere(ctx, &p.work, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, removeAll(ctx, s.box.root, name)
		})
		return err
	})
}

// removeAll removes a file or a folder with all that is in it, however deep.
func removeAll(ctx context.Context, root *os.Root, name string) error {
	parent, err := root.OpenRoot(path.Dir(name))
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

func errSpecial(name string) error {
	return fmt.Errorf("%w %q: it is neither a file nor a folder", sessions.ErrInvalidName, name)
}

// fileError puts an error of the file system into the domain's terms. The
// host's path must not show.
func (p *Pool) fileError(s *session, name string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case err == nil:
		return nil
	case s.ctx.Err() != nil && p.ctx.Err() != nil:
		return sessions.ErrClosed
	case s.ctx.Err() != nil:
		return fmt.Errorf("%w: it was stopped", sessions.ErrNoSession)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%s: %w", path.Join(sessions.DataDir, name), fs.ErrNotExist)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: the host's disk has no room left", sessions.ErrDiskFull)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w %q: code in the session made it unreadable; chmod it there", sessions.ErrInvalidName, name)
	case isDomain(err):
		return err
	case errors.As(err, &pathErr):
		return fmt.Errorf("%w %q: %w (a link may not lead out of %s)", sessions.ErrInvalidName, name, pathErr.Err, sessions.DataDir)
	case errors.As(err, &linkErr):
		return fmt.Errorf("%w %q: %w", sessions.ErrInvalidName, name, linkErr.Err)
	}
	return err
}

// isDomain reports whether an error is already in the domain's terms.
func isDomain(err error) bool {
	for _, known := range []error{
		sessions.ErrInvalidName, sessions.ErrTooLarge, sessions.ErrDiskFull,
		context.Canceled, context.DeadlineExceeded,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

func describe(name string, info fs.FileInfo) sessions.File {
	f := sessions.File{Name: name, Modified: info.ModTime().UTC(), Dir: info.IsDir()}
	if !f.Dir {
		f.Size = info.Size()
	}
	return f
}
