package python

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

// The folders of an installation, and the interpreter in the first.
const (
	homeFolder       = "interpreter"
	siteFolder       = "site-packages"
	matplotlibFolder = "matplotlib"
	executable       = "bin/python3"
)

// Options of [Install].
type Options struct {
	// CacheDir is the cache folder, see [cachedir.Open]. Install creates it. The
	// default is [cachedir.Default].
	CacheDir string

	// SystemDir is a folder in which the interpreter may be installed for all users,
	// see [cachedir.Shared]. It is looked at before the cache folder.
	SystemDir string

	// From is a folder with the packages, as [Download] leaves it, instead of a
	// package index.
	From string

	// Requirements is a file with more packages, in pip's format with a hash of each,
	// which are installed beside those of the interpreter and are found before them. ""
	// for none.
	Requirements string

	// Loader is the command before the interpreter, for a host whose C library does not
	// fit: see basesystem.System.LoaderOnHost. nil for none.
	Loader []string

	// Logger records which installations Install removed. The zero value logs
	// nothing.
	Logger zerolog.Logger

	// Progress, if set, is called with the status of the installation, up to
	// about ten times a second: one call at a time, and none after Install has
	// returned. It must not block.
	Progress func(Status)
}

// A Status says how far an installation has come.
type Status struct {
	// Text says what is being done, for people: "installing Python packages:
	// numpy (12 of 60), 34 %".
	Text string
	// Percent of the whole, 0 to 100. It does not fall.
	Percent int
}

// Install returns the embedded interpreter. If it is not installed yet, Install
// installs it from the network, which takes about a minute. Otherwise Install only
// reads the disk, for some tens of milliseconds. It may be called concurrently,
// also by several processes: one installs, and the others wait. When ctx ends
// first, Install kills the processes that it has started and returns the error of
// ctx. The next call continues with the packages that were downloaded.
//
// The caller closes the interpreter. The error says what the user can do.
func Install(ctx context.Context, opts Options) (*Interpreter, error) {
	i, err := install(ctx, opts, standard())
	if err != nil || opts.Requirements == "" {
		return i, err
	}
	if err := addPackages(ctx, opts, standard(), i); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// find returns the installation named key. The error wraps errNotInstalled, and
// says what is wrong, if there is none that is whole.
func find(ctx context.Context, c *cache, key string) (*Interpreter, error) {
	item, err := c.Use(ctx, key)
	switch {
	case err == nil:
		return installed(item, key), nil
	case errors.Is(err, cachestore.ErrDamaged):
		return nil, fmt.Errorf("%w: the installation in %s is %w; run: dynamic-sessions-mcp setup", errNotInstalled, c.Path(key), err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w yet; run: dynamic-sessions-mcp setup", errNotInstalled)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, cacheError(err)
}

func installed(item *cachestore.Item, key string) *Interpreter {
	dir := item.Dir
	return &Interpreter{
		Version:          embeddedVersion,
		Executable:       filepath.Join(dir, homeFolder, executable),
		Home:             filepath.Join(dir, homeFolder),
		SitePackages:     filepath.Join(dir, siteFolder),
		MatplotlibConfig: filepath.Join(dir, matplotlibFolder),
		Key:              key,
		release:          item.Close,
	}
}

func install(ctx context.Context, opts Options, r recipe) (*Interpreter, error) {
	if tree, ok := findShared(opts, r.key()); ok {
		return installed(cachestore.Lent(tree), r.key()), nil
	}
	c, err := openCache(opts.CacheDir, opts.Logger)
	if err != nil {
		return nil, err
	}
	if err := cachedir.CheckPrograms(c.Dir); err != nil {
		return nil, err
	}
	key := r.key()
	i, err := find(ctx, c, key)
	if errors.Is(err, errNotInstalled) {
		r.loader = opts.Loader
		if opts.From != "" {
			if err := checkFrom(opts.From); err != nil {
				return nil, err
			}
			r.environ = fromFolder(r.environ, opts.From)
		}
		i, err = c.install(ctx, r, &progress{report: opts.Progress, packages: r.packages()})
		if err != nil && opts.From != "" {
			err = explainFrom(opts.From, err)
		}
	}
	if err != nil {
		return nil, err
	}
	c.Prune(key, 0, keepUnused)
	return i, nil
}

// install installs r, unless another process just does, for which it waits.
func (c *cache) install(ctx context.Context, r recipe, p *progress) (*Interpreter, error) {
	waiting := func() { p.say(0, "waiting: another process is installing the Python packages") }
	key := r.key()
	item, err := c.Build(ctx, key, waiting, func(dir, scratch string) error {
		return c.build(ctx, r, p, dir, scratch)
	})
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	p.say(100, "the Python interpreter is installed")
	return installed(item, key), nil
}

// build makes the installation of r in the folder dir.
func (c *cache) build(ctx context.Context, r recipe, p *progress, dir, scratch string) (err error) {
	p.say(0, "preparing the Python interpreter")
	if err := c.checkSpace(r); err != nil {
		return err
	}
	b := builder{recipe: r, tree: dir, scratch: scratch, progress: p}
	if b.downloads, err = c.downloads(scratch); err != nil {
		return err
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	if err := writeMarker(dir, r.key()); err != nil {
		return err
	}
	if err := cachestore.Flush(dir); err != nil {
		return err
	}
	return c.removeDownloads()
}

// checkSpace fails if the disk does not have enough space for r.
func (c *cache) checkSpace(r recipe) error {
	free, err := freeSpace(c.Dir)
	if err != nil {
		return cacheError(err)
	}
	if free < r.space {
		return fmt.Errorf("%w: the installation in %s needs %d MB, and %d MB are free; free some space or name another folder with --cache-dir",
			errNoSpace, c.Dir, r.space/1e6, free/1e6)
	}
	return nil
}

// explain turns an error of a build into one that users understand.
func (c *cache) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: the disk of %s is full; free some space or name another folder with --cache-dir", errNoSpace, c.Dir)
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS):
		return cacheError(err)
	}
	for _, kind := range []error{errNoNetwork, errHashMismatch, errNoSpace, errUnsupported, cachedir.ErrUnusable, errRequirements, errInstall} {
		if errors.Is(err, kind) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", errInstall, err)
}
