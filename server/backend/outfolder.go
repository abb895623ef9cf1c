package backend

import (
	"os"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/tools/hostfs"
)

// OutFolder returns the folder of the user in which files that code makes are saved,
// which need not be there yet. It is "" if nothing is saved. The error says what is wrong
// with the folder that the user has named.
func OutFolder(c config.Config) (string, error) {
	home := Home()
	switch out := c.OutFolder(); out {
	case config.OutNone:
		return "", nil
	case "":
		return hostfs.DefaultOut(c.Tools.AllowDir, home, os.Getenv("XDG_CONFIG_HOME")), nil
	default:
		private, _ := cachedir.Locate(c.Pool.CacheDir) // who opens it says what is wrong with it
		return hostfs.CheckOut(string(out), home, private)
	}
}

// Home is the user's home folder, "" if there is none.
func Home() string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return home
}
