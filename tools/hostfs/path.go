package hostfs

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"dynamic-sessions-mcp/tools/hostpath"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// Path returns the path that given means: a path, which may begin with the home
// folder as shells write it, or a file URL (RFC 8089) of this computer. Either may be
// written as in WSL or Git Bash on Windows, and as on Windows in WSL. Errors are
// mistakes.
func Path(given string) (string, error) {
	path, err := fromURL(given)
	return hostpath.Native(path), err
}

func fromURL(given string) (string, error) {
	rest, ok := strings.CutPrefix(given, "file:")
	if !ok {
		return fromHome(given)
	}
	if afterHost, ok := strings.CutPrefix(rest, "//"); ok {
		host, _, _ := strings.Cut(afterHost, "/")
		if filepath.VolumeName(afterHost) != "" { // file://C:/x has a slash too few
			host = ""
		}
		if host != "" && !strings.EqualFold(host, "localhost") {
			return "", mistake.Errorf("%s names a file of another computer, %s. Give the path of a file on this one, such as %s.",
				prose.Line(given, 200), prose.Line(host, 100), hostpath.Example("data.csv"))
		}
		rest = afterHost[len(host):]
	}
	rest = prose.PercentDecoded(rest)
	// Of file:///C:/x the path is C:/x where drives have letters.
	if len(rest) > 2 && rest[0] == '/' && filepath.VolumeName(rest[1:]) != "" {
		rest = rest[1:]
	}
	if rest == "" || rest[0] != '/' && filepath.VolumeName(rest) == "" {
		return "", mistake.Errorf("%s is not a file URL with an absolute path. Give the path itself, such as %s.", prose.Line(given, 200), hostpath.Example("data.csv"))
	}
	return filepath.FromSlash(rest), nil
}

// fromHome replaces the home folder at the beginning of a path: ~, $HOME, ${HOME}
// and, on Windows, %USERPROFILE%.
func fromHome(given string) (string, error) {
	for _, short := range homes() {
		rest, ok := strings.CutPrefix(given, short)
		if !ok || rest != "" && !os.IsPathSeparator(rest[0]) && rest[0] != '/' {
			continue
		}
		home, err := os.UserHomeDir()
		if err != nil {
			return "", mistake.Errorf("%s cannot be resolved: the server does not know the user's home folder. Give the full path.", prose.Line(given, 200))
		}
		return filepath.Clean(home) + filepath.FromSlash(rest), nil
	}
	if user, _, _ := strings.Cut(filepath.ToSlash(given), "/"); len(user) > 1 && user[0] == '~' && strings.Trim(user[1:], "abcdefghijklmnopqrstuvwxyz0123456789_-") == "" {
		return "", mistake.Errorf("%s names the home folder of another user, which is not looked up. Give the full path.", prose.Line(given, 200))
	}
	return given, nil
}

// homes are the ways in which shells write the home folder.
func homes() []string {
	if runtime.GOOS == "windows" {
		return []string{"~", "$HOME", "${HOME}", "%USERPROFILE%", "$env:USERPROFILE", "%HOMEPATH%"}
	}
	return []string{"~", "$HOME", "${HOME}"}
}
