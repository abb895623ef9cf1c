// Package sessionpath translates between the names of a session's files as pools
// take them, relative to [sessions.DataDir], and the paths by which code and models
// name them. In most pools code finds its files in /mnt/data; in some it works in a
// folder whose path does not matter.
package sessionpath

import (
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// Scheme is the scheme of the URIs of files: sandbox:///mnt/data/a.csv.
const Scheme = "sandbox"

// workingDir is the Dir of code that works in the folder of its files, wherever
// that is.
const workingDir = "."

// A Dir is the folder of the session's files as the code names it. Its methods write
// all paths that a model reads, and read all names that a model gives.
type Dir string

// New returns the Dir for the absolute path dir. "" means [sessions.DataDir], and
// "." that code works in the folder.
func New(dir string) Dir {
	if dir == "" {
		return sessions.DataDir
	}
	if dir == "/" || dir == workingDir {
		return Dir(dir)
	}
	return Dir(strings.TrimRight(dir, "/"))
}

// IsWorkingDir reports whether code works in the folder, so that it opens files by
// their names alone.
func (d Dir) IsWorkingDir() bool { return d == workingDir }

// Where names the folder within a sentence.
func (d Dir) Where() string {
	if d == workingDir {
		return "the working directory"
	}
	return string(d)
}

// Path returns the path by which code opens the file that pools call name.
func (d Dir) Path(name string) string {
	name = strings.TrimPrefix(name, sessions.DataDir+"/")
	switch {
	case d != workingDir:
		return strings.TrimSuffix(string(d), "/") + "/" + name
	case ambiguous(name):
		return "./" + name
	}
	return name
}

// Relative returns name as listings of the folder show it.
func (d Dir) Relative(name string) string {
	if ambiguous(name) {
		return d.Path(name)
	}
	return name
}

// ambiguous reports a relative name that read would take for a URI or for an
// absolute path without its slash.
func ambiguous(name string) bool {
	return strings.HasPrefix(name, Scheme+":/") || strings.HasPrefix(name, "file:/") || strings.HasPrefix(name, sessions.DataDir[1:]+"/")
}

// Plain returns the path in a URI of a file, or given itself if it is none.
func Plain(given string) string {
	for _, scheme := range []string{Scheme, "file"} {
		if rest, ok := strings.CutPrefix(given, scheme+":/"); ok {
			rest = strings.TrimPrefix(strings.TrimLeft(rest, "/"), "localhost/")
			return "/" + strings.TrimLeft(prose.PercentDecoded(rest), "/")
		}
	}
	return given
}

// Decoded returns the name that a model means by a percent-encoded one, as in a link.
// ok is false if it is not encoded, or no name when it is decoded.
func Decoded(name string) (decoded string, ok bool) {
	decoded = prose.PercentDecoded(name)
	if decoded == name {
		return "", false
	}
	decoded, err := sessions.CleanName(decoded)
	return decoded, err == nil
}

// File returns the name of the file that a model calls given. Errors are mistakes,
// or wrap [sessions.ErrInvalidName].
func (d Dir) File(given string) (string, error) {
	name, err := d.read(given)
	if err != nil {
		return "", err
	}
	return sessions.CleanName(name)
}

// Folder is File for a folder; "" is the folder itself.
func (d Dir) Folder(given string) (string, error) {
	name, err := d.read(given)
	if err != nil {
		return "", err
	}
	return sessions.CleanDir(name)
}

// read removes what models put around the name of a file: the URI from an answer,
// or the same with the scheme of files, percent-encoded, with any number of slashes;
// the path of the folder; the absolute path without its first slash.
func (d Dir) read(given string) (string, error) {
	name := Plain(given)
	bare := sessions.DataDir[1:]
	if name == bare || strings.HasPrefix(name, bare+"/") {
		name = "/" + name
	}
	if name == sessions.DataDir || strings.HasPrefix(name, sessions.DataDir+"/") {
		return name, nil
	}
	if d == workingDir {
		if strings.HasPrefix(name, "/") && name != "/" {
			return "", mistake.Errorf("%s is an absolute path. The files of the session are in the working directory: give a relative name, such as \"data.csv\".", prose.Name(given))
		}
		return name, nil
	}
	if rest, ok := strings.CutPrefix(name, strings.TrimSuffix(string(d), "/")+"/"); ok {
		return "./" + rest, nil
	}
	if name == string(d) {
		return "", nil
	}
	return name, nil
}

// Reword replaces [sessions.DataDir] in a sentence by the folder as the code names
// it.
func (d Dir) Reword(text string) string {
	switch d {
	case sessions.DataDir:
		return text
	case workingDir:
		text = strings.ReplaceAll(text, sessions.DataDir+"/", "")
	}
	return strings.ReplaceAll(text, sessions.DataDir, d.Where())
}
