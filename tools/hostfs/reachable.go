package hostfs

import (
	"path/filepath"
	"runtime"
	"strings"

	"dynamic-sessions-mcp/tools/hostpath"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// Windows does more with some paths than to look for a file: it opens devices, which
// may answer never, sends the user's name and password to servers, and finds streams
// beside the contents of files. So such a path is refused before the system sees it.

const onWindows = runtime.GOOS == "windows"

// reachable returns a mistake for a path that the system must not see.
func (h *Folders) reachable(path string, to purpose) error {
	if !onWindows {
		return nil
	}
	why := strayPath(path)
	if share := shareOf(path); why == "" && share != "" && !h.anyOn(share) {
		return h.denied(path)
	}
	if why == "" {
		return nil
	}
	next := "Give the path of a file or a folder, such as " + hostpath.Example("data.csv")
	if name := filepath.Base(path); to == writing && elsewhere(name) != "" {
		next = "Give save_to the path of a new file with another name, such as " + prose.Name(proposal(name))
		return mistake.Errorf("Nothing was saved as %s: %s. %s.", prose.Line(path, 200), why, next)
	}
	return mistake.Errorf("%s is no path of a file: %s. %s.", prose.Line(path, 200), why, next)
}

// anyOn reports whether an open folder is on a share.
func (h *Folders) anyOn(share string) bool {
	for _, f := range h.folders {
		if strings.EqualFold(shareOf(f.path), share) {
			return true
		}
	}
	return false
}

// shareOf returns \\server\share of a path of Windows that is on one, else "".
func shareOf(path string) string {
	path = strings.ReplaceAll(path, "/", `\`)
	rest, ok := strings.CutPrefix(path, `\\`)
	if !ok {
		return ""
	}
	parts := strings.SplitN(rest, `\`, 3)
	return `\\` + strings.Join(parts[:min(len(parts), 2)], `\`)
}

// strayPath says why a path of Windows names no file or folder, or "".
func strayPath(path string) string {
	path = strings.ReplaceAll(path, "/", `\`)
	for _, prefix := range []string{`\\?`, `\\.`, `\??`} {
		if path == prefix || strings.HasPrefix(path, prefix+`\`) {
			return "it names a device of Windows"
		}
	}
	if len(path) > 1 && path[1] == ':' && hasDrive(path) {
		if len(path) == 2 || path[2] != '\\' {
			return "it depends on the current folder of the drive " + strings.ToUpper(path[:2]) + ", which nobody has set"
		}
		path = path[2:]
	}
	for part := range strings.SplitSeq(path, `\`) {
		if strings.Contains(part, ":") {
			return "Windows takes what follows the colon in " + prose.Name(part) + " for a stream beside the contents of a file"
		}
		if name := deviceName(part); name != "" {
			return "Windows takes " + name + ", with any extension, for a device"
		}
	}
	return ""
}

func hasDrive(path string) bool {
	letter := path[0] | 0x20
	return 'a' <= letter && letter <= 'z'
}
