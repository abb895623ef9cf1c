package basesystem

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

const (
	// maxBytes is what an archive may take when it is unpacked, headers included.
	maxBytes = 1 << 30
	// maxEntries is how many files, folders and links it may have.
	maxEntries = 100_000
	// maxName is the length of a name and of the target of a link.
	maxName = 1024
)

// errArchive says that a file is not an archive of a base system, or not a whole one.
var errArchive = errors.New("it is not a whole base system")

var errTooLarge = errors.New("that is more than all may have together")

// A refusal is an errArchive that says why.
type refusal struct {
	entry string // "" for the whole
	why   error
}

func refuse(format string, args ...any) error { return &refusal{why: fmt.Errorf(format, args...)} }

// Error names the entry.
func (r *refusal) Error() string {
	if r.entry == "" {
		return fmt.Sprintf("%v: %v", errArchive, r.why)
	}
	return fmt.Sprintf("%v: %.200q in it: %v", errArchive, r.entry, r.why)
}

// Unwrap returns errArchive and the reason.
func (r *refusal) Unwrap() []error { return []error{errArchive, r.why} }

// An unpacker writes the entries of an archive to a folder. Since an entry must be in a
// folder that the archive has made before, no name leads through a link.
type unpacker struct {
	root  *os.Root
	kinds map[string]byte // what was made, by its name
	times map[string]time.Time
	left  int64 // bytes that may still come
}

// unpack writes the archive r, which may take most bytes, to the folder dir, which is
// empty. The error wraps errArchive if that is the archive's fault.
func unpack(ctx context.Context, r io.Reader, dir string, most int64) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	plain, err := gzip.NewReader(r)
	if err != nil {
		return refuse("it is not compressed by gzip: %w", err)
	}
	u := &unpacker{root: root, kinds: map[string]byte{".": tar.TypeDir}, times: map[string]time.Time{}, left: most}
	content := &bounded{plain, most}
	archive := tar.NewReader(content)
	for ctx.Err() == nil {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(readToEnd(content), u.setTimes())
		}
		if err != nil {
			return refuse("it cannot be read: %w", err)
		}
		if err := u.add(header, archive); err != nil {
			return at(header.Name, err)
		}
	}
	return ctx.Err()
}

// at adds the name of an entry to an error about it.
func at(entry string, err error) error {
	var r *refusal
	if errors.As(err, &r) {
		r.entry = entry
		return r
	}
	return fmt.Errorf("%.200q: %w", entry, err)
}

// readToEnd reads what follows the last entry: gzip's checksum comes after it.
func readToEnd(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return refuse("it cannot be read: %w", err)
	}
	return nil
}

// A bounded reader fails when more comes than may.
type bounded struct {
	r    io.Reader
	left int64
}

// Read reads as long as there is not too much.
func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// add writes one entry.
func (u *unpacker) add(h *tar.Header, content io.Reader) error {
	name := path.Clean(strings.TrimSuffix(h.Name, "/"))
	switch {
	case name == "." && h.Typeflag == tar.TypeDir:
		return nil
	case len(h.Name) > maxName, !fs.ValidPath(strings.TrimPrefix(strings.TrimSuffix(h.Name, "/"), "./")):
		return refuse("its name leads elsewhere")
	case u.kinds[name] != 0:
		return refuse("it comes twice")
	case u.kinds[path.Dir(name)] != tar.TypeDir:
		return refuse("it is in no folder of the archive")
	case len(u.kinds) > maxEntries:
		return refuse("there are more than %d files", maxEntries)
	}
	u.kinds[name], u.times[name] = h.Typeflag, timeOf(h)
	switch h.Typeflag {
	case tar.TypeDir:
		return errors.Join(u.root.Mkdir(name, 0o755), u.root.Chmod(name, 0o755))
	case tar.TypeReg:
		return u.addFile(name, h, content)
	case tar.TypeSymlink:
		delete(u.times, name)
		return u.addLink(name, h.Linkname)
	case tar.TypeLink:
		target := path.Clean(h.Linkname)
		if len(h.Linkname) > maxName || !fs.ValidPath(target) || u.kinds[target] != tar.TypeReg {
			return refuse("it is another name of what is no file of the archive")
		}
		u.kinds[name] = tar.TypeReg
		delete(u.times, name)
		return u.root.Link(target, name)
	}
	return refuse("it is neither a file nor a folder nor a link")
}

// addFile writes a file, which no other user may change, and which has nobody's rights.
func (u *unpacker) addFile(name string, h *tar.Header, content io.Reader) error {
	if h.Size < 0 || h.Size > u.left {
		return refuse("it has %d bytes: %w", h.Size, errTooLarge)
	}
	u.left -= h.Size
	f, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	source := &source{r: content}
	if _, err := io.CopyN(f, source, h.Size); err != nil {
		if source.err != nil {
			return refuse("it cannot be read: %w", source.err)
		}
		return err
	}
	mode := fs.FileMode(0o644)
	if h.Mode&0o111 != 0 {
		mode = 0o755
	}
	return errors.Join(f.Chmod(mode), f.Close())
}

// A source remembers that it could not be read, so that nobody takes that for a full disk.
type source struct {
	r   io.Reader
	err error
}

// Read reads.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// addLink makes a symbolic link. An absolute one leads to the root of the sandbox; nobody
// on the host follows it.
func (u *unpacker) addLink(name, target string) error {
	if target == "" || len(target) > maxName || strings.ContainsRune(target, 0) {
		return refuse("it leads to no name")
	}
	if at := path.Join(path.Dir(name), target); !path.IsAbs(target) && (at == ".." || strings.HasPrefix(at, "../")) {
		return refuse("it leads out, to %.200q", target)
	}
	return u.root.Symlink(target, name)
}

// setTimes gives files and folders the times that they have in the archive, by which
// snapshots know files again.
func (u *unpacker) setTimes() error {
	for name, at := range u.times {
		if err := u.root.Chtimes(name, at, at); err != nil {
			return err
		}
	}
	return nil
}

// timeOf is the time of an entry, if it can be one.
func timeOf(h *tar.Header) time.Time {
	if t := h.ModTime; t.Unix() > 0 && t.Before(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return t
	}
	return time.Unix(0, 0)
}
