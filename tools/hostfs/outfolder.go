package hostfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/tools/prose"
)

// An OutFolder is the open folder of the host in which files that code makes are
// saved for the user (outfile.go), under names that [OutName] allows. Nothing outside
// of it is touched, whatever is in it.
type OutFolder struct{ root *os.Root }

// OpenOutFolder opens the folder at an absolute path, and makes it, for its owner
// alone, if the folder that it is in is there. The last part of the path must not be a
// link: somebody may have put one there since [CheckOut] looked. The caller must close
// the result. [WhyNotSaved] explains the error.
func OpenOutFolder(path string) (*OutFolder, error) {
	parent, err := os.OpenRoot(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errOutNowhere
	}
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	name := filepath.Base(path)
	if err := parent.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return openOut(parent, name)
}

func openOut(parent *os.Root, name string) (*OutFolder, error) {
	info, err := parent.Lstat(name)
	switch {
	case err != nil:
		return nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, errOutLink
	case !info.IsDir():
		return nil, errOutNoDir
	}
	root, err := parent.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(info, opened) {
		return nil, errors.Join(errOutLink, root.Close())
	}
	return &OutFolder{root}, nil
}

// Close closes the folder.
func (o *OutFolder) Close() error { return o.root.Close() }

// Why the folder cannot be opened.
var (
	errOutLink    = errors.New("the folder was replaced by a link, which is not followed")
	errOutNoDir   = errors.New("a file is in the place of the folder")
	errOutNowhere = errors.New("the folder that it is in is not there")
)

// WhyNotSaved says within a sentence why a file was not saved in an OutFolder. all says
// that no other file can be saved either.
func WhyNotSaved(err error) (why string, all bool) {
	_, ofHost := errors.AsType[hostWriteError](err)
	switch {
	case errors.Is(err, errOutLink), errors.Is(err, errOutNoDir), errors.Is(err, errOutNowhere):
		return err.Error(), true
	case errors.Is(err, ErrChanged):
		return "it changed while it was copied", false
	case diskFull(err):
		return "the disk of the user's computer has no room", true
	case diskReadOnly(err):
		return "the disk is read-only", true
	case inUse(err):
		return "another program has it open; once it is closed there, the next run saves it", false
	case errors.Is(err, fs.ErrPermission):
		return "the permissions of the folder forbid it", true
	}
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	if p, ok := errors.AsType[*os.LinkError](err); ok {
		err = p.Err
	}
	return prose.Line(strings.TrimSuffix(err.Error(), "."), 200), ofHost
}
