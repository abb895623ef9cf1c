package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions/local/cachedir"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/hostfs"
)

// folders examines the folders of --allow-dir on this machine.
func (d *examination) folders(context.Context) (string, error) {
	dirs := d.Config.Tools.AllowDir
	if len(dirs) == 0 {
		return "none is open to code and to the tools (--allow-dir)", nil
	}
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			return "", fmt.Errorf("%w. Create it, or remove it from --allow-dir", err)
		case !info.IsDir():
			return "", fmt.Errorf("%s is not a folder. Pass the folder it is in to --allow-dir", dir)
		}
	}
	found := strings.Join(dirs, string(filepath.ListSeparator))
	home, _ := os.UserHomeDir()
	private, _ := cachedir.Locate(d.Config.Pool.CacheDir)
	for _, f := range hostfs.Check(dirs, home, private) {
		if f.Fatal {
			return "", errors.New(f.Text)
		}
		found += ". Note: " + f.Text
	}
	return found, nil
}

// listing is code for [backend.Inspect] that says which folders of the user it sees.
const listing = "import json, os\nprint(json.dumps(os.listdir(" + `"` + userfolders.Dir + `"` + ")))"

// mounts examines whether code sees these folders.
func (d *examination) mounts(ctx context.Context) (string, error) {
	folders := d.Config.UserFolders()
	if len(folders) == 0 {
		return "code sees no folder of this machine", nil
	}
	var names, visible []string
	if err := backend.Inspect(ctx, d.pool, listing, &names); err != nil {
		return "", err
	}
	for _, f := range folders {
		if _, err := os.Stat(f.Host); err != nil {
			continue // the check of folders says so
		}
		switch seen := slices.Contains(names, f.Name); {
		case !seen && d.Config.Contained(): // the engine refuses, and files are copied
			return "code does not see " + f.Host + " as " + f.Path() + ", and upload_file copies its files. The log says why (--log-level=info)", nil
		case !seen:
			return "", fmt.Errorf("code does not see %s as %s. The log says why (--log-level=info); --mount=off does without", f.Host, f.Path())
		}
		visible = append(visible, f.Host+" as "+f.Path())
	}
	if len(visible) == 0 {
		return "code sees none of the folders", nil
	}
	return "code sees, and cannot change, " + strings.Join(visible, ", "), nil
}
