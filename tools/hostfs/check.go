package hostfs

import (
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/tools/prose"
)

// A Finding is something about a folder that the user should know before a model uses
// it.
type Finding struct {
	Text string // a sentence, without a full stop
	// Fatal says that the folder must not be opened: what is in it would be lost or
	// given away.
	Fatal bool
}

// Check looks at the folders of --allow-dir that exist. home is the user's home folder, and
// private the folder in which this program keeps what sessions have; both may be "".
func Check(dirs []string, home, private string) []Finding {
	var findings []Finding
	for _, dir := range dirs {
		if f, ok := check(dir, realPath(home), realPath(private)); ok {
			findings = append(findings, f)
		}
	}
	return findings
}

func check(dir, home, private string) (f Finding, ok bool) {
	name := "the folder " + prose.Name(dir) + " of --allow-dir "
	folder, err := openHostFolder(dir)
	if err != nil {
		return Finding{}, false // see Folders.Missing
	}
	defer folder.root.Close()
	switch {
	case private != "" && holds(private, folder.path):
		return Finding{name + "belongs to this program, which keeps there what all sessions have. " + openSmaller, true}, true
	case home != "" && folder.path == home:
		return Finding{Text: name + "is your home folder: all in it that is not hidden can be read. " + openSmaller}, true
	case private != "" && holds(folder.path, private) && hiddenPart(below(private, folder.path)) == "":
		return Finding{Text: name + "holds the program's own folder " + prose.Name(private) + ", which code does not see. " + openSmaller}, true
	}
	return Finding{}, false
}

const openSmaller = "Name the folder that the work is about"

// holds reports whether a folder is another one or holds it.
func holds(folder, other string) bool {
	rest, err := filepath.Rel(folder, other)
	return err == nil && filepath.IsLocal(rest)
}

func below(path, folder string) string {
	rest, err := filepath.Rel(folder, path)
	if err != nil {
		return ""
	}
	return rest
}

// realPath resolves the links of a path as far as it exists.
func realPath(path string) string {
	if path == "" {
		return ""
	}
	for at, rest := filepath.Clean(path), ""; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		} else if !os.IsNotExist(err) || filepath.Dir(at) == at {
			return filepath.Clean(path)
		}
		at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest)
	}
}
