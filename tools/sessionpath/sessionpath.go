package sessionpath

import (
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// Scheme is the scheme of the URIs of files.
const Scheme = "sandbox"

// workingDir is the Environment.DataDir of code that works in the folder of its
// files, wherever that is.
const workingDir = "."

// A Dir is the folder of the session's files as the code names it. All that
// a model is told about files is written by its methods, and all that a model
// calls a file is read by them.
type Dir string

func New(dir string) Dir {
	if dir == "" {
		return sessions.DataDir
	}
	if dir == "/" || dir == workingDir {
		return Dir(dir)
	}
	return Dir(strings.TrimRight(dir, "/"))
}

// IsWorkingDir reports whether code works in the folder, so that names alone do.
func (d Dir) IsWorkingDir() bool { return d == workingDir }

// Where names the folder within a sentence.
func (d Dir) Where() string {
	if d == workingDir {
		return "the working directory"
	}
	return string(d)
}

// Path is the path by which code opens the file that sessions call name.
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

// Relative is name as a listing shows it, below the folder.
func (d Dir) Relative(name string) string {
	if ambiguous(name) {
		return d.Path(name)
	}
	return name
}

// ambiguous reports a relative name that would be read as a link or as an
// absolute path without its slash.
func ambiguous(name string) bool {
	return strings.HasPrefix(name, Scheme+":/") || strings.HasPrefix(name, sessions.DataDir[1:]+"/")
}

// File is the name of the file that a model calls given.
func (d Dir) File(given string) (string, error) {
	name, err := d.read(given)
	if err != nil {
		return "", err
	}
	return sessions.CleanName(name)
}

// Folder is file for a folder; "" is the data folder itself.
func (d Dir) Folder(given string) (string, error) {
	name, err := d.read(given)
	if err != nil {
		return "", err
	}
	return sessions.CleanDir(name)
}

// read undoes what models put around the name of a file: the link of an answer,
// percent-encoded, with any number of slashes; the path below the data folder;
// the absolute path without its first slash.
func (d Dir) read(given string) (string, error) {
	name := given
	if rest, ok := strings.CutPrefix(given, Scheme+":/"); ok {
		name = "/" + strings.TrimLeft(prose.PercentDecoded(rest), "/")
	}
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

// Reword puts the folder as the code names it into a sentence about the one of
// every session.
func (d Dir) Reword(text string) string {
	switch d {
	case sessions.DataDir:
		return text
	case workingDir:
		text = strings.ReplaceAll(text, sessions.DataDir+"/", "")
	}
	return strings.ReplaceAll(text, sessions.DataDir, d.Where())
}
