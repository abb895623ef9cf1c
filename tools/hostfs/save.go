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
	dir    string // below folder
	name   string
}

// Save writes size bytes of from to saveTo: a folder, in which the file gets the
// last part of name, or the path of a new file. It returns the full path. It never
// replaces a file. The file is there whole or not at all, and readable by its
// owner alone. Errors are mistakes, or those of from.
func (h *Folders) Save(saveTo, name string, from io.Reader, size int64) (path string, err error) {
	to, err := h.target(saveTo, name)
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
// or a file that does not exist yet.
func (h *Folders) target(saveTo, name string) (target, error) {
	if strings.ContainsRune(saveTo, 0) {
		return target{}, mistake.Errorf("The path contains a NUL character, which no path can have.")
	}
	saveTo, err := Path(saveTo)
	if err != nil {
		return target{}, err
	}
	name = path.Base(name)
	asFolder := os.IsPathSeparator(saveTo[len(saveTo)-1])
	f, rel, err := h.locate(saveTo, writing)
	if _, hidden := errors.AsType[hiddenError](err); err != nil && !asFolder && !hidden {
		// Nothing there yet: then its folder must be.
		parent, last := filepath.Split(saveTo)
		if last == "." || last == ".." {
			return target{}, err
		}
		f, rel, parentErr := h.locate(filepath.Clean(orDot(parent)), writing)
		if parentErr != nil {
			return target{}, parentErr
		}
		return named(target{f, rel, last})
	}
	if err != nil {
		return target{}, err
	}
	info, err := f.root.Stat(rel)
	if err != nil {
		return target{}, hostError("open", saveTo, err)
	}
	if info.IsDir() {
		return named(target{f, rel, name})
	}
	return free(target{f, filepath.Dir(rel), filepath.Base(rel)})
}

func orDot(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// named is free for a name that is new to the host. The user must see such a name
// as it is: it has no control characters, nor any that reorder text.
func named(t target) (target, error) {
	if _, err := sessions.CleanName(t.name); err != nil {
		return target{}, mistake.Errorf("%s Give save_to the path of a new file with another name.", prose.Sentence(prose.Line(err.Error(), 600)))
	}
	return free(t)
}

// free returns t if nothing is there, or a mistake that suggests a free name.
func free(t target) (target, error) {
	taken, err := t.taken()
	if err != nil || !taken {
		return t, err
	}
	other := t
	ext := filepath.Ext(t.name)
	for n := 2; taken && err == nil && n < 1000; n++ {
		other.name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(t.name, ext), n, ext)
		taken, err = other.taken()
	}
	if taken || err != nil || objection(other.name) != "" {
		return target{}, mistake.Errorf("%s already exists, and files are never overwritten. Save to another name.", prose.Name(t.path()))
	}
	return target{}, mistake.Errorf("%s already exists, and files are never overwritten. Save to %s, which is free, or to another name.",
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
// links it is a rename.
func (t target) publish(part string) error {
	root := t.folder.root
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
