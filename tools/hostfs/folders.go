// Package hostfs reads and saves files of the host, inside the folders that the
// user has opened and nowhere else:
//
//	folders, err := hostfs.Open(dirs, false)
//	if err != nil { … }
//	defer folders.Close()
//	file, err := folders.OpenFile("data.csv")
//	path, err := folders.Save("results/", "report.xlsx", body, size)
//
// Paths come from a model, and what is saved comes from code that nobody has
// read. So no path leads out of a folder: each is held open as an [os.Root].
// Hidden files are read only if the user allows it, and never written (hidden.go).
// What is saved must have the name of a document or of data (savename.go); it
// replaces no file and cannot be executed.
//
// Errors about paths and about the host's disk are mistakes (package mistake),
// which a model can read. The methods of Folders may be called concurrently.
package hostfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// Folders are the open folders of the host. Each is held open as an [os.Root], so what a path
// means is decided by the system at the moment of use: neither a symbolic link
// nor a folder that is swapped in between leads out.
type Folders struct {
	folders []hostFolder
	missing []missingFolder // allowed, but of no use when the server started
	// readHidden says that hidden files may be read. None is ever written.
	readHidden bool
}

type hostFolder struct {
	path string // absolute, without symbolic links
	root *os.Root
}

// A missingFolder is one that could not be opened.
type missingFolder struct{ path, why string }

// What whyUnusable says of folders.
const (
	isMissing    = "does not exist"
	isFile       = "is a file and not a folder"
	isUnreadable = "may not be opened by this server"
)

// whyUnusable says what is wrong with a folder that could not be opened, "" for what
// is no matter of the folder.
func whyUnusable(err error) string {
	switch {
	case errors.Is(err, errIsFile), !onWindows && errors.Is(err, syscall.ENOTDIR):
		return isFile // Windows says that of what is missing
	case errors.Is(err, fs.ErrNotExist):
		return isMissing
	case errors.Is(err, fs.ErrPermission):
		return isUnreadable
	}
	return ""
}

// errIsFile is the error for a file in the place of a folder.
var errIsFile = errors.New(isFile)

// Open opens the folders at dirs, which must be absolute paths, and leaves out
// those that are missing, files, or closed to this server; see [Folders.Missing]. With
// readHidden, hidden files in them can be read. The caller must close the result.
func Open(dirs []string, readHidden bool) (*Folders, error) {
	h := &Folders{readHidden: readHidden}
	for _, dir := range dirs {
		folder, err := openHostFolder(dir)
		if why := whyUnusable(err); err != nil && why != "" {
			h.missing = append(h.missing, missingFolder{dir, why})
			continue
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("tools: allowed folder %q: %w", dir, err), h.Close())
		}
		h.folders = append(h.folders, folder)
	}
	return h, nil
}

func openHostFolder(dir string) (hostFolder, error) {
	if !filepath.IsAbs(dir) {
		return hostFolder{}, errors.New("it must be an absolute path")
	}
	path, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return hostFolder{}, err
	}
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return hostFolder{}, &fs.PathError{Op: "open", Path: path, Err: errIsFile}
	}
	root, err := os.OpenRoot(path)
	return hostFolder{path, root}, err
}

// Close closes the folders. Files that were opened in them stay open.
func (h *Folders) Close() error {
	var err error
	for _, f := range h.folders {
		err = errors.Join(err, f.root.Close())
	}
	return err
}

// Any reports whether any folder is open.
func (h *Folders) Any() bool { return len(h.folders) > 0 }

// ReadsHidden reports whether hidden files may be read.
func (h *Folders) ReadsHidden() bool { return h.readHidden }

// WhyNone says within a sentence why no folder is open.
func (h *Folders) WhyNone() string {
	if len(h.missing) > 0 {
		return h.Missing()
	}
	return "the user has not opened a folder to this server (--allow-dir)"
}

// Missing says within a sentence which of the folders do not exist or cannot be
// opened, or "".
func (h *Folders) Missing() string {
	sentences := make([]string, len(h.missing))
	for i, m := range h.missing {
		sentences[i] = "the folder " + prose.Name(m.path) + " of --allow-dir " + m.why
	}
	return strings.Join(sentences, ", and ")
}

// names lists the folders for an error text.
func (h *Folders) names() string {
	names := make([]string, len(h.folders))
	for i, f := range h.folders {
		names[i] = f.path
	}
	list := strings.Join(names, ", ")
	if why := h.Missing(); why != "" {
		list += " (" + why + ")"
	}
	return list
}

// locate finds the open folder that holds path, and the path below it. With
// symbolic links resolved, path must exist. A relative path is looked up in each
// folder in turn. The errors do not reveal whether something exists outside the
// folders or in what is hidden.
func (h *Folders) locate(path string, to purpose) (hostFolder, string, error) {
	if strings.ContainsRune(path, 0) {
		return hostFolder{}, "", mistake.Errorf("The path contains a NUL character, which no path can have.")
	}
	if err := h.reachable(path, to); err != nil {
		return hostFolder{}, "", err
	}
	if !filepath.IsAbs(path) {
		return h.search(path, to)
	}
	if f, rel, ok := h.holding(filepath.Clean(path)); ok {
		if err := h.visible(f, rel, path, to); err != nil {
			return hostFolder{}, "", err
		}
	}
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		if f, rel, ok := h.holding(real); ok {
			return f, rel, h.visible(f, rel, path, to)
		}
	} else if _, _, ok := h.holding(filepath.Clean(path)); ok {
		return hostFolder{}, "", hostError("find", path, err)
	}
	return hostFolder{}, "", h.denied(path)
}

// denied is the mistake for a path that is in no open folder.
func (h *Folders) denied(path string) error {
	return mistake.Errorf("Access denied: %s is not inside the folders that are open to this tool: %s. "+
		"Give a path inside one of them.", prose.Line(path, 200), h.names())
}

func (h *Folders) search(path string, to purpose) (hostFolder, string, error) {
	for _, f := range h.folders {
		if clean := filepath.Clean(path); filepath.IsLocal(clean) {
			if err := h.visible(f, clean, path, to); err != nil {
				return hostFolder{}, "", err
			}
		}
		real, err := filepath.EvalSymlinks(f.join(path))
		if err != nil {
			continue
		}
		if f, rel, ok := h.holding(real); ok {
			return f, rel, h.visible(f, rel, path, to)
		}
	}
	return hostFolder{}, "", mistake.Errorf("There is no %s in the folders that are open to this tool: %s. "+
		"Give the full path of a file in one of them.", prose.Line(path, 200), h.names())
}

// join is the path of a relative one in the folder. On Windows one that begins with a
// separator is relative too: it lacks the drive.
func (f hostFolder) join(path string) string {
	if path != "" && os.IsPathSeparator(path[0]) {
		return filepath.VolumeName(f.path) + path
	}
	return filepath.Join(f.path, path)
}

// holding compares by path element: /a/b does not hold /a/b_evil. Of several
// folders that hold path it prefers one in which no part of path is hidden:
// the user opened that one on purpose.
func (h *Folders) holding(path string) (folder hostFolder, rel string, ok bool) {
	for _, f := range h.folders {
		below, err := filepath.Rel(f.path, path)
		if err != nil || !filepath.IsLocal(below) {
			continue
		}
		if f.hidden(below) == "" {
			return f, below, true
		}
		if !ok {
			folder, rel, ok = f, below, true
		}
	}
	return folder, rel, ok
}

// A purpose is what a path of the host is for.
type purpose int

const (
	reading purpose = iota
	writing
)

// hiddenError is a mistake about something hidden, whether it exists or not.
type hiddenError struct{ error }

func (e hiddenError) Unwrap() error { return e.error }

// visible returns a hiddenError if rel, a path below f that was given as path,
// is hidden or lies in something hidden.
func (h *Folders) visible(f hostFolder, rel, path string, to purpose) error {
	if to == reading && h.readHidden {
		return nil
	}
	part := f.hidden(rel)
	switch {
	case part == "":
		return nil
	case to == writing:
		return hiddenError{mistake.Errorf("Access denied: %s of %s is hidden, and nothing is saved there because programs obey hidden files that nobody opens. "+
			"Save to a folder and a name that are not hidden.", prose.Name(part), prose.Line(path, 200))}
	}
	return hiddenError{mistake.Errorf("Access denied: %s of %s is hidden, and hidden files hold settings and secrets that the user has not opened to this tool. "+
		"Name a file that is not hidden; if the user wants this one to be read, ask them to copy it under another name or to start the server with --allow-hidden.",
		prose.Name(part), prose.Line(path, 200))}
}

// hostError is the mistake for an error of the host's file system.
func hostError(verb, path string, err error) error {
	path = prose.Line(path, 200)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return mistake.Errorf("There is no %s on this computer. Check the path with the user.", path)
	case inUse(err):
		return mistake.Errorf("The server could not %s %s: another program has it open. Ask the user to close it there, or use another name.", verb, path)
	case diskFull(err):
		return mistake.Errorf("The server could not %s %s: the disk of the user's computer has no room. Ask the user to make room.", verb, path)
	case errors.Is(err, fs.ErrPermission):
		return mistake.Errorf("The server may not %s %s: the permissions of the file or its folder forbid it.", verb, path)
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return mistake.Errorf("The server could not %s %s: %s.", verb, path, prose.Line(strings.TrimSuffix(err.Error(), "."), 200)) // as sentences of Windows end
}
