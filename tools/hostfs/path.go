package hostfs

import (
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// Path returns the path that given means: a path, or a file URL (RFC 8089) of
// this computer. Errors are mistakes.
func Path(given string) (string, error) {
	rest, ok := strings.CutPrefix(given, "file:")
	if !ok {
		return given, nil
	}
	if afterHost, ok := strings.CutPrefix(rest, "//"); ok {
		host, _, _ := strings.Cut(afterHost, "/")
		if host != "" && !strings.EqualFold(host, "localhost") {
			return "", mistake.Errorf("%s names a file of another computer, %s. Give the path of a file on this one, such as \"/home/ada/data.csv\".",
				prose.Line(given, 200), prose.Line(host, 100))
		}
		rest = afterHost[len(host):]
	}
	rest = prose.PercentDecoded(rest)
	// Of file:///C:/x the path is C:/x where drives have letters.
	if len(rest) > 2 && rest[0] == '/' && filepath.VolumeName(rest[1:]) != "" {
		rest = rest[1:]
	}
	if rest == "" || rest[0] != '/' && filepath.VolumeName(rest) == "" {
		return "", mistake.Errorf("%s is not a file URL with an absolute path. Give the path itself, such as \"/home/ada/data.csv\".", prose.Line(given, 200))
	}
	return filepath.FromSlash(rest), nil
}
