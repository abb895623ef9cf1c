package local

import (
	"fmt"
	"path/filepath"
	"regexp"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

// namedKind is the kind of the folders of named sessions.
var namedKind = cachedir.Kind{
	Form:  regexp.MustCompile(`^[0-9a-f]{32}$`),
	Proof: []string{namedLock},
}

// findCache returns the folder to use for the one that options name. If it cannot be
// used, findCache returns it as it is, and openCache says why: a server that did not
// start could not say anything.
func findCache(opts Options) string {
	dir, err := cachedir.Locate(opts.CacheDir)
	if err != nil {
		return opts.CacheDir
	}
	if asked, err := filepath.EvalSymlinks(opts.CacheDir); err == nil && asked != dir {
		opts.Logger.Info().Str("folder", dir).Msg("the folder of --cache-dir has other things in it; this one in it is used")
	}
	return dir
}

// openCache makes the cache folder the program's.
func (p *Pool) openCache() error {
	_, err := cachedir.Open(p.opts.CacheDir)
	return err
}

// openWorkspace makes a folder that ends with the pool, and removes those of
// servers that are gone.
func (p *Pool) openWorkspace() (*sandbox.Workspace, error) {
	if err := p.openCache(); err != nil {
		return nil, err
	}
	run, err := cachedir.Subfolder(p.opts.CacheDir, "run")
	if err != nil {
		return nil, err
	}
	w, err := sandbox.NewWorkspace(run)
	if err != nil {
		return nil, fmt.Errorf("the cache folder cannot be used: %w; name another with --cache-dir", cachedir.Explain(p.opts.CacheDir, err))
	}
	if n := w.Abandoned(); n > 0 {
		p.opts.Logger.Info().Int("folders", n).Msg("removed what servers that were killed have left of their sessions")
	}
	return w, nil
}
