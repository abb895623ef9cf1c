package basesystem

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

// None stands for no base system, where an archive could be named.
const None = "none"

// FileName is what the archive of a release for this processor is called.
func FileName() string { return "dynamic-sessions-mcp-system-linux-" + runtime.GOARCH + ".tar.gz" }

// Options say where a base system may be.
type Options struct {
	// CacheDir is the program's cache folder, see [cachedir.Open].
	CacheDir string
	// SystemDir may have a base system for all users, see [cachedir.Shared].
	SystemDir string
	// File is an archive to use, "" for what is installed or beside the program, and None
	// for none.
	File string
	// Progress is told when an archive is being unpacked. It must not block.
	Progress func(text string)
	// Logger is told of base systems that are damaged, and of those that were removed.
	Logger zerolog.Logger
}

// A System is a base system in use: it is not removed until it is closed.
// Its methods may be called on nil, which stands for the host's own system.
type System struct {
	root string // the folder with its files
	key  string // changes with its content
	item *cachestore.Item
}

// Folder returns the folder with its files, "" for the host's own system.
func (s *System) Folder() string {
	if s == nil {
		return ""
	}
	return s.root
}

// Libraries identifies the libraries that a program has loaded which runs in a sandbox
// made of this system. It changes when one of them does.
func (s *System) Libraries() string {
	if s == nil {
		return hostLibraries()
	}
	return s.key
}

// Close ends the use.
func (s *System) Close() error {
	if s == nil {
		return nil
	}
	return s.item.Close()
}

func system(item *cachestore.Item) *System {
	return &System{root: filepath.Join(item.Dir, rootFolder), key: filepath.Base(item.Dir), item: item}
}

// Use returns the base system to use, nil if there is none. An archive is unpacked the
// first time, which takes some seconds. It may be called concurrently, also by several
// processes. The caller closes the system. The error says what to do.
func Use(ctx context.Context, o Options) (*System, error) {
	switch o.File {
	case None:
		return nil, nil
	case "":
	default:
		return o.unpacked(ctx, o.File)
	}
	if s := o.shared(); s != nil {
		return s, nil
	}
	dir, err := cachedir.Locate(o.CacheDir)
	if err != nil {
		return nil, err
	}
	key, err := installedIn(dir)
	if err == nil && key != "" {
		var item *cachestore.Item
		if item, err = store(dir, o.Logger).Use(ctx, key); err == nil {
			return system(item), nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the base system that is installed in %s cannot be used: %w; run: dynamic-sessions-mcp setup --base-system FILE, "+
			"with %s from the release of this version, or with none", dir, err, FileName())
	}
	if file := beside(); file != "" {
		return o.unpacked(ctx, file)
	}
	return nil, nil
}

// Install makes an archive the base system of the cache folder, which [Use] then returns:
// that of the options, or that beside the program if they name none. With [None] there is
// none from then on.
func Install(ctx context.Context, o Options) error {
	dir, err := cachedir.Open(o.CacheDir)
	if err != nil {
		return err
	}
	file := o.File
	if file == "" {
		file = beside()
	}
	switch file {
	case "":
		return nil
	case None:
		if err := os.Remove(filepath.Join(dir, installedFile)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	s, err := o.unpacked(ctx, file)
	if err != nil {
		return err
	}
	err = errors.Join(write(dir, installedFile, installedRecord{s.key}), s.Close())
	return cachedir.Explain(dir, err)
}

// Installed returns the names of what [Install] has put into the program's folder dir, for
// [cachedir.Share]; none if there is nothing.
func Installed(dir string) (names []string, err error) {
	key, err := installedIn(dir)
	if err != nil || key == "" {
		return nil, err
	}
	return []string{installedFile, key}, nil
}

// beside returns the archive beside the program, "" if there is none.
func beside() string {
	own, err := os.Executable()
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(own); err == nil {
		own = real
	}
	file := filepath.Join(filepath.Dir(own), FileName())
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return file
}

// shared returns the base system that is installed for all users, nil if there is none
// that is whole. Nobody removes it while the program is installed that it came with.
func (o Options) shared() *System {
	dir, err := cachedir.Shared(o.SystemDir)
	if err != nil {
		return nil // the installation of Python says why it is not used
	}
	key, err := installedIn(dir)
	if err == nil && key == "" {
		return nil
	}
	if err == nil {
		err = check(filepath.Join(dir, key), key)
	}
	if err != nil {
		o.Logger.Warn().Err(err).Str("folder", dir).Msg("the base system for all users is not used")
		return nil
	}
	return system(cachestore.Lent(filepath.Join(dir, key)))
}
