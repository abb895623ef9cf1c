package rest

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"dynamic-sessions-mcp/sessions"
)

// cleanUpTime bounds the removal of a session that served one run.
const cleanUpTime = 30 * time.Second

// executeFresh runs a request in a separate interpreter with copies of the
// session's files, and copies the changes back.
func (h *Handler) executeFresh(ctx context.Context, id sessions.ID, req sessions.Request) (x *sessions.Execution, err error) {
	f := freshRun{pool: h.pool, from: id, in: sessions.NewID()}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
		defer cancel()
		err = errors.Join(err, h.pool.Stop(ctx, f.in))
	}()
	_, err = h.pool.Describe(ctx, id)
	made := errors.Is(err, sessions.ErrNoSession)
	before, err := f.copyIn(ctx)
	if err != nil {
		return nil, err
	}
	if x, err = h.pool.Execute(ctx, f.in, req); err != nil {
		return nil, err
	}
	if err := f.copyOut(ctx, before); err != nil {
		return nil, err
	}
	// The run's interpreter is gone as it was meant to be; what callers compare
	// is the session that they named.
	about, err := h.pool.Describe(ctx, id)
	if err != nil {
		return nil, err
	}
	alone := *x
	alone.Incarnation, alone.NewSession, alone.Restart, alone.VariablesLost = about.Incarnation, made, "", false
	alone.Rollback, alone.Variables = nil, nil
	return &alone, nil
}

// A freshRun is a run in a session beside the one that was named.
type freshRun struct {
	pool     sessions.Pool
	from, in sessions.ID
}

// copyIn copies the files and returns their state before the run.
func (f freshRun) copyIn(ctx context.Context) (map[string]sessions.File, error) {
	there, err := f.pool.List(ctx, f.from, "", true)
	if err != nil {
		return nil, err
	}
	for _, file := range there.Files {
		if err := f.copy(ctx, f.from, f.in, file); err != nil {
			return nil, err
		}
	}
	return f.files(ctx)
}

// copyOut copies back what has changed, and deletes what was deleted.
func (f freshRun) copyOut(ctx context.Context, before map[string]sessions.File) error {
	after, err := f.files(ctx)
	if err != nil {
		return err
	}
	for name, file := range after {
		if old, ok := before[name]; !ok || old != file {
			if err := f.copy(ctx, f.in, f.from, file); err != nil {
				return err
			}
		}
	}
	for name := range before {
		if _, err := f.pool.Stat(ctx, f.in, name); !errors.Is(err, fs.ErrNotExist) {
			continue // a listing may have left it out
		}
		if err := f.pool.Delete(ctx, f.from, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (f freshRun) files(ctx context.Context) (map[string]sessions.File, error) {
	listing, err := f.pool.List(ctx, f.in, "", true)
	if err != nil {
		return nil, err
	}
	files := make(map[string]sessions.File, len(listing.Files))
	for _, file := range listing.Files {
		if !file.Dir {
			files[file.Name] = file
		}
	}
	return files, nil
}

// copy copies one file. Folders come with the files in them.
func (f freshRun) copy(ctx context.Context, from, to sessions.ID, file sessions.File) error {
	if file.Dir {
		return nil
	}
	_, r, err := f.pool.Download(ctx, from, file.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // gone since it was listed
	}
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = f.pool.Upload(ctx, to, file.Name, r)
	return err
}
