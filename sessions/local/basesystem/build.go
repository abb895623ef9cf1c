package basesystem

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

// unpacked returns what an archive has, and unpacks it first if that was not done before.
func (o Options) unpacked(ctx context.Context, file string) (*System, error) {
	dir, err := cachedir.Open(o.CacheDir)
	if err != nil {
		return nil, err
	}
	if err := cachedir.CheckPrograms(dir); err != nil {
		return nil, err
	}
	item, err := o.item(ctx, dir, file)
	switch {
	case err == nil:
		return system(item), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, cachedir.ErrUnusable):
		return nil, err
	case errors.Is(err, errArchive), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the base system in %s cannot be used: %w; take %s from the release of this version", file, err, FileName())
	}
	return nil, fmt.Errorf("unpacking the base system: %w", cachedir.Explain(dir, err))
}

func (o Options) item(ctx context.Context, dir, file string) (*cachestore.Item, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, refuse("it is no file")
	}
	key := recorded(dir, file, info)
	known := key != ""
	if !known {
		if key, err = keyOfFile(file); err != nil {
			return nil, err
		}
	}
	items := store(dir, o.Logger)
	item, err := items.Use(ctx, key)
	if cachestore.Missing(err) {
		item, err = o.build(ctx, items, key, file)
	}
	if err != nil {
		return nil, err
	}
	if !known {
		// Without the record the archive is only read again.
		_ = write(dir, archiveFile, archiveRecord{file, info.Size(), info.ModTime(), key})
		installed, _ := installedIn(dir)
		items.Prune(installed, maxKept, maxAge)
	}
	return item, nil
}

// keyOfFile reads an archive to name what is in it.
func keyOfFile(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(f, maxBytes)); err != nil {
		return "", err
	}
	return keyOf(sum.Sum(nil)), nil
}

// build unpacks an archive.
func (o Options) build(ctx context.Context, items *cachestore.Store, key, file string) (*cachestore.Item, error) {
	say := func(text string) {
		if o.Progress != nil {
			o.Progress(text)
		}
	}
	say("unpacking the base system of the sandboxes (once)")
	waiting := func() { say("waiting: another process is unpacking the base system") }
	return items.Build(ctx, key, waiting, func(dir, _ string) error {
		if err := unpackAs(ctx, key, file, filepath.Join(dir, rootFolder)); err != nil {
			return err
		}
		return errors.Join(mark(dir, key), cachestore.Flush(dir))
	})
}

// unpackAs unpacks an archive to a new folder, and looks whether it is a base system for
// this machine, and still the one that was named key.
func unpackAs(ctx context.Context, key, file, root string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	archive := io.TeeReader(io.LimitReader(f, maxBytes), sum)
	if err := errors.Join(os.Mkdir(root, 0o755), os.Chmod(root, 0o755)); err != nil {
		return err
	}
	if err := unpack(ctx, archive, root, maxBytes); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, archive); err != nil {
		return err
	}
	if keyOf(sum.Sum(nil)) != key {
		return refuse("it has changed since it was looked at")
	}
	if err := checkFolders(root); err != nil {
		return err
	}
	if err := errors.Join(checkParts(root), checkShell(root)); err != nil {
		return refuse("for %s it has %w", runtime.GOARCH, err)
	}
	return nil
}
