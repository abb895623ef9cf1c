package hostfs

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// A target is where on the host a file is to be saved.
type target struct {
	folder hostFolder
	dir    string // below folder; it need not be there yet
	name   string
	// replace says that a regular file of the name is replaced.
	replace bool
}

// Save writes size bytes of from to saveTo: a folder, in which the file gets the
// last part of name, or the path of a file. It makes the folders that are missing
// below an open one, and returns the full path. It replaces a regular file if
// overwrite is set, and nothing otherwise. The file is there whole or not at all, and
// a new one is readable by its owner alone. Errors are mistakes, or those of from.
func (h *Folders) Save(saveTo, name string, from io.Reader, size int64, overwrite bool) (path string, err error) {
	to, err := h.target(saveTo, name, overwrite)
	if err == nil {
		err = to.allowed()
	}
	if err != nil {
		return "", err
	}
	return to.path(), to.write(from, size)
}

func (t target) rel() string  { return filepath.Join(t.dir, t.name) }
func (t target) path() string { return filepath.Join(t.folder.path, t.rel()) }

// target finds where saveTo leads: a folder, in which the file keeps its own name,
// or a file.
func (h *Folders) target(saveTo, name string, overwrite bool) (target, error) {
	f, rel, made, err := h.destination(saveTo)
	if err != nil {
		return target{}, err
	}
	name = path.Base(name)
	if !made {
		info, err := f.root.Stat(rel)
		if err != nil {
			return target{}, hostError("open", saveTo, err)
		}
		if !info.IsDir() {
			return free(target{f, filepath.Dir(rel), filepath.Base(rel), overwrite})
		}
		return named(target{f, rel, name, overwrite})
	}
	if os.IsPathSeparator(saveTo[len(saveTo)-1]) {
		if err := foldersAllowed(f, rel); err != nil {
			return target{}, err
		}
		return named(target{f, rel, name, overwrite})
	}
	if err := foldersAllowed(f, filepath.Dir(rel)); err != nil {
		return target{}, err
	}
	return named(target{f, filepath.Dir(rel), filepath.Base(rel), overwrite})
}

// destination finds the open folder that holds saveTo, and the path below it. made
// says that there is nothing yet, so that it would have to be made.
func (h *Folders) destination(saveTo string) (f hostFolder, rel string, made bool, err error) {
	if strings.ContainsRune(saveTo, 0) {
		return f, "", false, mistake.Errorf("The path contains a NUL character, which no path can have.")
	}
	saveTo, err = Path(saveTo)
	if err != nil {
		return f, "", false, err
	}
	if err := h.reachable(saveTo, writing); err != nil {
		return f, "", false, err
	}
	f, rel, missing := h.locate(saveTo, writing)
	if _, hidden := errors.AsType[hiddenError](missing); missing == nil || hidden {
		return f, rel, false, missing
	}
	// Nothing there yet: then some folder above it must be.
	below := ""
	for at := filepath.Clean(saveTo); ; {
		parent, last := filepath.Dir(at), filepath.Base(at)
		if parent == at || last == ".." {
			return f, "", false, missing
		}
		below, at = filepath.Join(last, below), parent
		f, rel, err = h.locate(at, writing)
		if err == nil {
			rel = filepath.Join(rel, below)
			return f, rel, true, h.visible(f, rel, saveTo, writing)
		}
		if _, hidden := errors.AsType[hiddenError](err); hidden {
			return f, "", false, err
		}
		if at == "." {
			return f, "", false, missing
		}
	}
}

// named is free for a name that is new to the host. The user must see such a name
// as it is: it has no control characters, nor any that reorder text.
func named(t target) (target, error) {
	if _, err := sessions.CleanName(t.name); err != nil {
		return target{}, mistake.Errorf("%s Give save_to the path of a new file with another name.", prose.Sentence(prose.Line(err.Error(), 600)))
	}
	if elsewhere(t.name) != "" { // Windows would not even look whether it is there
		return target{}, t.allowed()
	}
	return free(t)
}

// free returns t if nothing is there, or a regular file that is to be replaced. Else
// it returns a mistake that suggests a free name.
func free(t target) (target, error) {
	info, err := t.folder.root.Lstat(t.rel())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t, nil
	case err != nil:
		return t, hostError("write", t.path(), err)
	case t.replace && info.Mode().IsRegular():
		return t, nil
	case t.replace:
		return target{}, mistake.Errorf("%s exists and is no file, so that it is not replaced. Save to another name.", prose.Name(t.path()))
	}
	other := t
	taken := true
	ext := filepath.Ext(t.name)
	for n := 2; taken && err == nil && n < 1000; n++ {
		other.name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(t.name, ext), n, ext)
		taken, err = other.taken()
	}
	if taken || err != nil || objection(other.name) != "" {
		return target{}, mistake.Errorf("%s already exists. Save to another name.", prose.Name(t.path()))
	}
	return target{}, mistake.Errorf("%s already exists. Save to %s, which is free, or pass overwrite: true to replace it if the user wants that.",
		prose.Name(t.path()), prose.Name(other.path()))
}

func (t target) taken() (bool, error) {
	_, err := t.folder.root.Lstat(t.rel())
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return false, hostError("write", t.path(), err)
}

// write saves size bytes of from. The file is there whole or not at all, and
// readable by its owner alone.
func (t target) write(from io.Reader, size int64) error {
	root := t.folder.root
	if err := root.MkdirAll(t.dir, 0o700); err != nil {
		return hostError("make the folder of", t.path(), err)
	}
	part := filepath.Join(t.dir, "."+rand.Text()+".part")
	file, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return hostError("write", t.path(), err)
	}
	err = copyExactly(hostWriter{file, t}, from, size)
	if closed := file.Close(); err == nil && closed != nil {
		err = hostError("write", t.path(), closed)
	}
	if err == nil {
		err = t.publish(part)
	}
	return errors.Join(err, ignoreMissing(root.Remove(part)))
}

// publish gives the finished file its name. A link fails if the name was taken
// meanwhile, where a rename would replace the file; only if the file system has no
// links it is a rename. A file that is to be replaced is, at once.
func (t target) publish(part string) error {
	root := t.folder.root
	if t.replace {
		return t.exchange(part)
	}
	err := root.Link(part, t.rel())
	if err == nil {
		return nil
	}
	if _, err := free(t); err != nil {
		return err
	}
	if err := root.Rename(part, t.rel()); err != nil {
		return hostError("write", t.path(), err)
	}
	return nil
}

// exchange replaces the file, if there still is one, by the finished one, which can be
// read by whoever could read it before.
func (t target) exchange(part string) error {
	if _, err := free(t); err != nil {
		return err
	}
	if info, err := t.folder.root.Lstat(t.rel()); err == nil {
		if err := t.folder.root.Chmod(part, info.Mode().Perm()&0o666|0o600); err != nil {
			return hostError("write", t.path(), err)
		}
	}
	if err := t.folder.root.Rename(part, t.rel()); err != nil {
		return hostError("write", t.path(), err)
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// hostWriter tells errors of the host's disk from those of the session's file.
type hostWriter struct {
	file   *os.File
	target target
}

func (w hostWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if err != nil {
		err = hostError("write", w.target.path(), err)
	}
	return n, err
}

// copyExactly copies the size bytes that a file had when it was opened. A file that
// grows while it is read must not fill the disk that it is copied to.
func copyExactly(to io.Writer, from io.Reader, size int64) error {
	n, err := io.Copy(to, io.LimitReader(from, size+1))
	switch {
	case err != nil:
		return err
	case n > size:
		return mistake.Errorf("The file grew while it was being read. Stop the program that writes it, then try again.")
	case n < size:
		return mistake.Errorf("The file became shorter while it was being read. Stop the program that writes it, then try again.")
	}
	return nil
}
