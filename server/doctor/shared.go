package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/basesystem"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/python"
)

// prepareFolders makes the folders of setup absolute, since people name them in a
// shell, and has setup --shared work in the folder for all users.
func (o *Options) prepareFolders() error {
	for _, dir := range []*string{&o.Config.Setup.Download, &o.Config.Setup.From, &o.Config.Pool.BaseSystem, &o.Config.Pool.Packages} {
		if *dir == "" || *dir == basesystem.None {
			continue
		}
		absolute, err := filepath.Abs(*dir)
		if err != nil {
			return err
		}
		*dir = absolute
	}
	if !o.Config.Setup.Shared {
		return nil
	}
	dir := cmp.Or(o.Config.Pool.SystemDir, cachedir.DefaultShared)
	if dir == cachedir.NoShared {
		return fmt.Errorf("--system-dir=%s names no folder to install into; leave it out, or leave out --shared", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder for all users cannot be made: %w; run setup --shared as root, or name a folder with --system-dir", err)
	}
	o.Config.Pool.CacheDir, o.Config.Pool.SystemDir = dir, cachedir.NoShared
	return nil
}

// installOnly installs the interpreter for all users where no sandbox can be started,
// for the reason why, as is usual while an image of a container is being built: its
// users may be elsewhere.
func (o Options) installOnly(ctx context.Context, why error) error {
	loader, err := o.loader(ctx)
	if err != nil {
		return errors.Join(why, err)
	}
	i, err := python.Install(ctx, python.Options{CacheDir: o.Config.Pool.CacheDir, SystemDir: cachedir.NoShared,
		From: o.Config.Setup.From, Requirements: o.Config.Pool.Packages, Loader: loader, Logger: o.Logger, Progress: o.report})
	if err != nil {
		return errors.Join(why, err)
	}
	if err := i.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.Out, "interpreter   Python %s, without a snapshot: %v\n", i.Version, why)
	return err
}

func (o Options) report(s python.Status) {
	if o.Progress != nil {
		o.Progress(s.Text)
	}
}

// share opens what setup has installed to all users.
func (o Options) share(ctx context.Context) error {
	dir, err := cachedir.Locate(o.Config.Pool.CacheDir)
	if err != nil {
		return err
	}
	tree, err := python.Find(dir, cachedir.NoShared)
	if err != nil {
		return err
	}
	names, err := basesystem.Installed(dir)
	if err != nil {
		return err
	}
	if err := cachedir.Share(dir, append(names, filepath.Base(tree))...); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "snapshots")); err == nil {
		if err := o.shareUserSnapshot(ctx, dir); err != nil {
			return err
		}
		if err := cachedir.Share(dir, "snapshots"); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(o.Out, "shared        with all users, who need no setup\n")
	return err
}

// download downloads the packages for another machine.
func (o Options) download(ctx context.Context) error {
	dir := o.Config.Setup.Download
	loader, err := o.loader(ctx)
	if err != nil {
		return err
	}
	if err := python.Download(ctx, python.Options{CacheDir: o.Config.Pool.CacheDir, Requirements: o.Config.Pool.Packages, Loader: loader, Logger: o.Logger, Progress: o.report}, dir); err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.Out, "The packages are in %s (%d MB). On a machine without a network run: dynamic-sessions-mcp setup --from DIR\n", dir, sizeOf(dir)/1e6)
	return err
}
