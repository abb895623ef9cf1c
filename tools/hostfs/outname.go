package hostfs

import (
	"fmt"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/prose"
)

// textSuffix makes a document of a file that systems run, interpreters load or tools
// obey: it opens in an editor.
const textSuffix = ".txt"

// OutName is the path below an [OutFolder], with slashes, under which a file of a
// session is saved there. rel is its path below the session's own folder of
// results. The rules are those of all that is saved (savename.go), but nobody can be
// asked for another name: what is no document gets the ending .txt. why says, after
// "it", why the file is not saved at all: the name is hidden, or means something
// else on other systems.
func OutName(rel string) (as, why string) {
	if clean, err := sessions.CleanName(rel); err != nil || clean != rel {
		return "", "has a name that cannot be shown"
	}
	for part := range strings.SplitSeq(rel, "/") {
		switch {
		case userfolders.Hidden(part):
			return "", "is hidden"
		case strings.ContainsFunc(part, prose.Unseen):
			return "", "has an invisible character in its name"
		case elsewhere(part) != "":
			return "", "has a name that means something else on other systems"
		}
	}
	if as = rel; objection(baseName(as)) != "" {
		as += textSuffix
	}
	if why := objection(baseName(as)); why != "" {
		return "", "has a name that programs may obey"
	}
	if len(baseName(numbered(as, maxNumber))) > maxHostName {
		return "", "has a name that is too long"
	}
	return as, ""
}

// maxNumber is the last number that is tried for a name that is taken.
const maxNumber = 999

// numbered is a path with a number before its extension, if it is more than one:
// plots/a-2.png.
func numbered(path string, n int) string {
	if n < 2 {
		return path
	}
	name := baseName(path)
	ext := ""
	if at := strings.LastIndexByte(name, '.'); at > 0 {
		ext = name[at:]
	}
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), n, ext)
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
