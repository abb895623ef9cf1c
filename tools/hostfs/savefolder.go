package hostfs

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// A Place is a folder of the host in which several files are saved. It need not be
// there yet.
type Place struct {
	folder hostFolder
	dir    string
}

// Place returns the folder that saveTo means for a folder called name: one of that
// name in saveTo, if that is a folder or ends in a separator, and else saveTo itself.
// Errors are mistakes.
func (h *Folders) Place(saveTo, name string) (Place, error) {
	f, rel, made, err := h.destination(saveTo)
	if err != nil {
		return Place{}, err
	}
	if !made {
		info, err := f.root.Stat(rel)
		if err != nil {
			return Place{}, hostError("open", saveTo, err)
		}
		if !info.IsDir() {
			return Place{}, mistake.Errorf("%s is a file, and a folder is to be saved. Give save_to the path of a folder.", prose.Line(saveTo, 200))
		}
	}
	if name != "" && (!made || os.IsPathSeparator(saveTo[len(saveTo)-1])) {
		rel = filepath.Join(rel, filepath.FromSlash(name))
	}
	return Place{f, rel}, foldersAllowed(f, rel)
}

// Path returns the full path of the folder.
func (p Place) Path() string { return filepath.Join(p.folder.path, p.dir) }

// Save is [Folders.Save] for a file by its path below the folder, with slashes. Its
// mistakes are short, for many files together.
func (p Place) Save(rel string, from io.Reader, size int64, overwrite bool) error {
	at := filepath.Join(p.dir, filepath.FromSlash(rel))
	if err := foldersAllowed(p.folder, filepath.Dir(at)); err != nil {
		return err
	}
	t := target{p.folder, filepath.Dir(at), filepath.Base(at), overwrite}
	if why := objection(t.name); why != "" {
		return mistake.New(why)
	}
	if _, err := p.folder.root.Lstat(at); err == nil && !overwrite {
		return mistake.New("it exists already; pass overwrite: true to replace it if the user wants that")
	}
	t, err := named(t)
	if err != nil {
		return err
	}
	return t.write(from, size)
}

// foldersAllowed returns a mistake if a part of a path below f may not be made as a
// folder. Those that exist were made by the user.
func foldersAllowed(f hostFolder, rel string) error {
	rel = filepath.Clean(rel)
	if rel == "." {
		return nil
	}
	if part := f.hidden(rel); part != "" {
		return hiddenError{mistake.Errorf("Access denied: %s of %s is hidden, and nothing is saved there because programs obey hidden files that nobody opens. "+
			"Save to a folder that is not hidden.", prose.Name(part), prose.Name(filepath.Join(f.path, rel)))}
	}
	at := ""
	for part := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		at = filepath.Join(at, part)
		if info, err := f.root.Lstat(at); err == nil {
			if info.Mode().IsRegular() {
				return mistake.Errorf("%s is a file, and no folder. Give save_to another path.", prose.Name(filepath.Join(f.path, at)))
			}
			continue
		}
		why := ""
		if _, err := sessions.CleanName(part); err != nil {
			why = prose.Line(err.Error(), 300)
		} else if strings.ContainsFunc(part, prose.Unseen) {
			why = "the name contains an invisible character"
		} else {
			why = elsewhere(part)
		}
		if why != "" {
			return mistake.Errorf("No folder was made as %s: %s. Give save_to another name.", prose.Name(filepath.Join(f.path, at)), why)
		}
	}
	return nil
}
