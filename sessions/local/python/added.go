package python

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/cachestore"
)

const (
	addedPrefix = "packages-"
	// maxAdded is how many lists of packages stay that nobody has used for a week.
	maxAdded = 3
)

// addedFolder is the folder of an item, which has the form of a user's base: pip installs
// there without touching what the interpreter has.
const addedFolder = "base"

// addPackages has an interpreter also find the packages of opts.Requirements, which are
// installed first if they are not there. They have their own key and so their own
// snapshot.
func addPackages(ctx context.Context, opts Options, r recipe, i *Interpreter) error {
	added, err := readRequirements(opts.Requirements)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Append(nil, i.Key, "\n", string(added.text)))
	key := addedPrefix + hex.EncodeToString(sum[:6])
	item, err := findAdded(opts, key)
	if err != nil {
		item, err = installAdded(ctx, opts, r, i, added, key)
	}
	if err != nil {
		return err
	}
	i.Added = addedSite(item.Dir)
	i.Key += "+" + strings.TrimPrefix(key, addedPrefix)
	release := i.release
	i.release = func() error { return errors.Join(item.Close(), release()) }
	return nil
}

// addedSite is the folder of modules in an item.
func addedSite(dir string) string {
	major, rest, _ := strings.Cut(embeddedVersion, ".")
	minor, _, _ := strings.Cut(rest, ".")
	return filepath.Join(dir, addedFolder, "lib", "python"+major+"."+minor, "site-packages")
}

// findAdded returns what is installed for all users.
func findAdded(opts Options, key string) (*cachestore.Item, error) {
	dir, err := cachedir.Shared(opts.SystemDir)
	if err != nil {
		return nil, err
	}
	tree := filepath.Join(dir, key)
	return cachestore.Lent(tree), checkAdded(tree, key)
}

func checkAdded(dir, key string) error { return checkFolders(dir, key, []string{addedFolder}) }

func installAdded(ctx context.Context, opts Options, r recipe, i *Interpreter, added requirementsFile, key string) (*cachestore.Item, error) {
	c, err := openCache(opts.CacheDir, opts.Logger)
	if err != nil {
		return nil, err
	}
	if err := cachedir.CheckPrograms(c.Dir); err != nil {
		return nil, err
	}
	store := addedStore(c, opts)
	item, err := store.Use(ctx, key)
	if cachestore.Missing(err) {
		r.loader = opts.Loader
		if opts.From != "" {
			r.environ = fromFolder(r.environ, opts.From)
		}
		p := &progress{report: opts.Progress, packages: len(pins(strings.NewReader(string(added.text))))}
		waiting := func() { p.say(0, "waiting: another process is installing the packages of --packages") }
		item, err = store.Build(ctx, key, waiting, func(dir, scratch string) error {
			b := builder{recipe: r, tree: filepath.Dir(i.Home), scratch: scratch, downloads: filepath.Join(scratch, downloadsFolder), progress: p}
			if err := b.installAdded(ctx, added, dir); err != nil {
				return err
			}
			return errors.Join(writeFolders(dir, key, []string{addedFolder}), cachestore.Flush(dir))
		})
		store.Prune(key, maxAdded, keepUnused)
	}
	if err != nil {
		return nil, c.explain(ctx, err)
	}
	return item, nil
}

func addedStore(c *cache, opts Options) *cachestore.Store {
	return &cachestore.Store{
		Dir:         c.Dir,
		Items:       cachedir.Kind{Form: regexp.MustCompile(`^packages-[0-9a-f]{12}$`), Proof: []string{markerName, addedFolder}},
		Builds:      cachedir.Kind{Form: regexp.MustCompile(`^packages-new-[0-9]+$`), Proof: []string{cachedir.Marker}},
		BuildPrefix: addedPrefix + "new-",
		Lock:        "packages.lock",
		Check:       checkAdded,
		Noun:        "packages of --packages",
		Logger:      opts.Logger,
	}
}

// installAdded installs packages into the folder dir, by the script with which sessions
// install theirs.
func (b *builder) installAdded(ctx context.Context, added requirementsFile, dir string) error {
	base := filepath.Join(dir, addedFolder)
	for _, folder := range []string{base, b.scratch, b.downloads} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	list, err := added.write(b.scratch)
	if err != nil {
		return err
	}
	script, err := writeKernel(filepath.Join(b.scratch, kernelFolder))
	if err != nil {
		return err
	}
	real := filepath.Join(filepath.Dir(script), "offline", "pip", "real.py")
	b.progress.say(0, "installing the packages of --packages")
	err = b.runPip(ctx, []string{"PYTHONUSERBASE=" + base, "PIP_BREAK_SYSTEM_PACKAGES=1"}, added.failure,
		real, b.pipHome(), "install", "--user", "--require-hashes", "--only-binary=:all:", "--no-compile", "--no-warn-script-location",
		"-r", list, "--cache-dir", b.downloads, "--progress-bar=raw")
	if err != nil {
		return err
	}
	site := addedSite(dir)
	if err := os.MkdirAll(site, 0o755); err != nil { // all were there
		return err
	}
	return b.compileModules(ctx, map[string]string{site: addedMount})
}
