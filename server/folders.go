package server

import (
	"errors"
	"os"

	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/tools/hostfs"
)

// checkFolders warns of folders of --allow-dir that the user has hardly meant to
// open. Its error is why one must not be.
func (p program) checkFolders() error {
	home, _ := os.UserHomeDir()
	private, _ := cachedir.Locate(p.cfg.Pool.CacheDir)
	for _, f := range hostfs.Check(p.cfg.Tools.AllowDir, home, private) {
		if f.Fatal {
			return errors.New(f.Text)
		}
		p.log.Warn().Msg(f.Text)
	}
	return nil
}
