package python

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"dynamic-sessions-mcp/sessions/local/cachedir"
)

// Requirements is the list of all packages with their versions and hashes, as pip
// reads it.
func Requirements() []byte { return slices.Clone(requirements) }

// Download downloads the packages for machines like this one into the folder dir,
// which it creates, and checks their hashes. Those that are there already it leaves.
// [Options.From] then takes them, without a network. It needs 500 MB of disk in dir,
// and 200 MB in the cache folder for as long as it takes.
func Download(ctx context.Context, opts Options, dir string) error {
	return download(ctx, opts, dir, standard())
}

func download(ctx context.Context, opts Options, dir string, r recipe) error {
	r.loader = opts.Loader
	var added requirementsFile
	if opts.Requirements != "" {
		var err error
		if added, err = readRequirements(opts.Requirements); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder for downloads cannot be made: %w", err)
	}
	c, err := openCache(opts.CacheDir, opts.Logger)
	if err != nil {
		return err
	}
	if err := cachedir.CheckPrograms(c.Dir); err != nil {
		return err
	}
	p := &progress{report: opts.Progress, packages: r.packages()}
	err = c.Scratch(ctx, func() { p.say(0, "waiting: another process is installing the Python packages") }, func(work string) error {
		b := builder{recipe: r, tree: filepath.Join(work, "tree"), scratch: filepath.Join(work, "scratch"), progress: p}
		b.downloads = filepath.Join(b.scratch, downloadsFolder)
		if err := b.download(ctx, dir); err != nil || added.path == "" {
			return err
		}
		return b.downloadAdded(ctx, added, dir)
	})
	if err != nil {
		_ = os.Remove(dir) // if nothing is in it
		return explainDownload(dir, c.Dir, c.explain(ctx, err))
	}
	return nil
}

// explainDownload says which of two disks is full, where one is.
func explainDownload(dir, cache string, err error) error {
	if !errors.Is(err, errNoSpace) {
		return err
	}
	there, dirErr := freeSpace(dir)
	if errors.Is(dirErr, fs.ErrNotExist) { // it was removed
		there, dirErr = freeSpace(filepath.Dir(dir))
	}
	if here, cacheErr := freeSpace(cache); dirErr != nil || cacheErr != nil || here < there {
		return err
	}
	return fmt.Errorf("%w: the disk of %s is full; free some space or name another folder with --download", errNoSpace, dir)
}

// download has a new interpreter download the packages to dir.
func (b *builder) download(ctx context.Context, dir string) error {
	for _, folder := range []string{b.tree, b.scratch, b.downloads} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	if err := b.extract(ctx); err != nil {
		return err
	}
	if err := b.pip(ctx, "download", "--dest", dir); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "requirements.txt"), b.recipe.requirements, 0o644)
}

// downloadAdded downloads the packages of a file of the user's to dir.
func (b *builder) downloadAdded(ctx context.Context, added requirementsFile, dir string) error {
	list, err := added.write(b.scratch)
	if err != nil {
		return err
	}
	return b.runPip(ctx, nil, added.failure, filepath.Join(b.pipHome(), "pip"), "download", "--require-hashes", "--only-binary=:all:",
		"--no-deps", "-r", list, "--cache-dir", b.downloads, "--progress-bar=raw", "--dest", dir)
}

// fromFolder is the environment of a pip that takes packages from a folder alone.
func fromFolder(environ []string, dir string) []string {
	links := url.URL{Scheme: "file", Path: filepath.ToSlash(dir)} // pip takes a list apart at spaces
	return append(slices.Clone(environ), "PIP_NO_INDEX=1", "PIP_FIND_LINKS="+links.String(), "PIP_CONFIG_FILE="+os.DevNull)
}

// explainFrom says of a failure that it is the folder's, where that is so.
func explainFrom(dir string, err error) error {
	if !errors.Is(err, errNoNetwork) {
		return err
	}
	if other := otherProcessor(dir); other != "" {
		return fmt.Errorf("%w: the packages in %s are for machines with %s, and this one has %s; "+
			"run setup --download on a machine with %[4]s, and bring that folder here", errInstall, dir, other, runtime.GOARCH)
	}
	return fmt.Errorf("%w: %s does not have all packages of this version of the program for this machine; "+
		"run setup --download again, with this version and on a machine of the same kind, and bring the folder here", errInstall, dir)
}

// otherProcessor returns the processor that packages in a folder are made for, as Go
// names it, if it is not this machine's, else "".
func otherProcessor(dir string) string {
	for arch, machine := range map[string]string{"amd64": "x86_64", "arm64": "aarch64"} {
		if arch == runtime.GOARCH {
			continue
		}
		// The folder's name is no pattern.
		if made, err := fs.Glob(os.DirFS(dir), "*_"+machine+".whl"); err == nil && len(made) > 0 {
			return arch
		}
	}
	return ""
}

// checkFrom reports a folder that cannot have been made by [Download].
func checkFrom(dir string) error {
	switch _, err := os.Stat(filepath.Join(dir, "requirements.txt")); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %s has no packages; run this on a machine that has a network, and bring the folder here: dynamic-sessions-mcp setup --download DIR", errInstall, dir)
	case err != nil:
		return fmt.Errorf("%w: %w", errInstall, err)
	}
	return nil
}
