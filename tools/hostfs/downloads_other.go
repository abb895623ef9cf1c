//go:build !windows

package hostfs

import (
	"bufio"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// downloads returns the user's folder of downloads, "" if there is none: the one of
// user-dirs.dirs, or the one of the usual name.
func downloads(home, configHome string) string {
	if home == "" {
		return ""
	}
	usual := filepath.Join(home, "Downloads")
	if runtime.GOOS == "darwin" {
		return usual
	}
	if !filepath.IsAbs(configHome) {
		configHome = filepath.Join(home, ".config")
	}
	file, err := os.Open(filepath.Join(configHome, "user-dirs.dirs"))
	if err != nil {
		return usual
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if dir, ok := userDir(lines.Text(), "XDG_DOWNLOAD_DIR", home); ok {
			return dir
		}
	}
	return usual
}

// userDir reads a line of user-dirs.dirs, such as XDG_DOWNLOAD_DIR="$HOME/Downloads".
// ok is false if it is not about the folder. The home folder itself stands for none.
func userDir(line, name, home string) (dir string, ok bool) {
	key, value, found := strings.Cut(strings.TrimSpace(line), "=")
	if !found || strings.TrimSpace(key) != name {
		return "", false
	}
	value = strings.Trim(strings.TrimSpace(value), `"`)
	value = strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\$`, `$`, "\\`", "`").Replace(value)
	if rest, ok := strings.CutPrefix(value, "$HOME"); ok && (rest == "" || rest[0] == '/') {
		value = filepath.Join(home, rest)
	}
	if !filepath.IsAbs(value) || filepath.Clean(value) == filepath.Clean(home) {
		return "", true
	}
	return filepath.Clean(value), true
}
