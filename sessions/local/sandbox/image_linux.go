package sandbox

import (
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/sandbox/image"

	"gvisor.dev/gvisor/pkg/sentry/state/checkpointfiles"
)

// renameImage returns a folder with the state in the folder saved, but with the host
// name hostname. It returns saved itself if that is its host name already, and
// otherwise a new folder in dir, whose large files are links to those of saved.
func renameImage(saved, dir, hostname string) (string, error) {
	data, err := os.ReadFile(filepath.Join(saved, checkpointfiles.StateFileName))
	if err != nil {
		return "", err
	}
	renamed, err := image.Rename(data, hostname)
	if err != nil || renamed == nil {
		return saved, err
	}
	dir = filepath.Join(dir, "image")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(dir, checkpointfiles.StateFileName), renamed, 0o600); err != nil {
		return "", err
	}
	for _, name := range []string{checkpointfiles.PagesFileName, checkpointfiles.PagesMetadataFileName} {
		if err := os.Symlink(filepath.Join(saved, name), filepath.Join(dir, name)); err != nil {
			return "", err
		}
	}
	return dir, nil
}
