package hostfs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// A Mark tells whether a file is as it was left.
type Mark struct {
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	SHA256   string    `json:"sha256"`
}

// ErrChanged is wrapped by the error about a file that does not have the length that it
// had when it was opened.
var ErrChanged = errors.New("the file changed while it was read")

// hostWriteError is an error of the host's disk, which the next file would meet too.
type hostWriteError struct{ error }

func (e hostWriteError) Unwrap() error { return e.error }

// An OutPart is the contents of a file that has no name yet.
type OutPart struct {
	out  *OutFolder
	name string
	mark Mark
}

// Write writes size bytes of from to the folder. token is what the file is called
// until [OutPart.Publish], and names what an earlier Write with it may have left
// behind: only its maker can know it. The caller must call Discard at the end.
func (o *OutFolder) Write(ctx context.Context, token string, from io.Reader, size int64) (*OutPart, error) {
	part := "." + token + ".part"
	if info, err := o.root.Lstat(part); err == nil && info.Mode().IsRegular() {
		_ = o.root.Remove(part) // or creating it says why not
	}
	file, err := o.root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, hostWriteError{err}
	}
	sum := sha256.New()
	err = copyOut(ctx, outWriter{file, sum}, from, size)
	info, statErr := file.Stat()
	if closed := errors.Join(statErr, file.Close()); err == nil && closed != nil {
		err = hostWriteError{closed}
	}
	if err != nil {
		return nil, errors.Join(err, ignoreMissing(o.root.Remove(part)))
	}
	return &OutPart{o, part, Mark{size, info.ModTime(), hex.EncodeToString(sum.Sum(nil))}}, nil
}

// outWriter tells errors of the host's disk from those of the session's file.
type outWriter struct {
	file *os.File
	sum  hash.Hash
}

func (w outWriter) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.sum.Write(p[:n])
	if err != nil {
		err = hostWriteError{err}
	}
	return n, err
}

func copyOut(ctx context.Context, to io.Writer, from io.Reader, size int64) error {
	n, err := io.Copy(to, io.LimitReader(readerUntil{ctx, from}, size+1))
	if err == nil && n != size {
		err = ErrChanged
	}
	return err
}

// readerUntil reads until its context ends.
type readerUntil struct {
	ctx context.Context
	io.Reader
}

func (r readerUntil) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// Try tries whether files can be written.
func (o *OutFolder) Try() error {
	part, err := o.Write(context.Background(), "trial-"+rand.Text(), strings.NewReader("trial"), 5)
	if err == nil {
		part.Discard()
	}
	return err
}

// Mark returns what the file can be told by.
func (p *OutPart) Mark() Mark { return p.mark }

// Discard removes what was not published.
func (p *OutPart) Discard() { _ = p.out.root.Remove(p.name) }

// A Published is a file that is in the folder.
type Published struct {
	As string // its path below the folder, with slashes
	// Found says that a file with the same contents was there already, which may be
	// the user's.
	Found bool
}

// Publish gives the file a name: that of before, a path below the folder, if the file
// there is as it was left; else as, or as with the first number that is free. Nothing
// else is ever replaced. intend is called with the name before it is given, so that the
// caller can note whose file it will be.
func (p *OutPart) Publish(as, before string, left Mark, intend func(as string) error) (Published, error) {
	if before != "" && p.out.asLeft(before, left) {
		if err := intend(before); err != nil {
			return Published{}, err
		}
		return Published{As: before}, outError(p.out.root.Rename(p.name, filepath.FromSlash(before)))
	}
	if dir := path.Dir(as); dir != "." {
		if err := p.out.root.MkdirAll(filepath.FromSlash(dir), 0o700); err != nil {
			return Published{}, err // of this folder; the next file may be in another
		}
	}
	for n := 1; n <= maxNumber; n++ {
		at := numbered(as, n)
		there, err := p.out.lookup(at, p.mark.Size)
		if err != nil {
			return Published{}, err
		}
		if there.exists {
			if there.sum == p.mark.SHA256 {
				return Published{As: at, Found: true}, nil
			}
			continue
		}
		if err := intend(at); err != nil {
			return Published{}, err
		}
		if err := p.publishNew(filepath.FromSlash(at)); !errors.Is(err, fs.ErrExist) {
			return Published{As: at}, outError(err)
		}
	}
	return Published{}, fs.ErrExist
}

// publishNew fails if the name was taken meanwhile, where a rename would replace the
// file; only if the file system has no links it is a rename.
func (p *OutPart) publishNew(at string) error {
	err := p.out.root.Link(p.name, at)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := p.out.root.Lstat(at); err == nil {
		return fs.ErrExist
	}
	return p.out.root.Rename(p.name, at)
}

func outError(err error) error {
	if err == nil {
		return nil
	}
	return hostWriteError{err}
}

// An outEntry is what has a name in the folder.
type outEntry struct {
	exists bool
	info   fs.FileInfo
	sum    string // of a regular file of the size that was asked about
}

// asLeft reports whether a file is as it was left.
func (o *OutFolder) asLeft(at string, left Mark) bool {
	there, err := o.lookup(at, left.Size)
	return err == nil && there.exists && there.sum == left.SHA256 && there.info.ModTime().Equal(left.Modified)
}

// lookup looks at what has a name. Only regular files of the size are read.
func (o *OutFolder) lookup(at string, size int64) (outEntry, error) {
	at = filepath.FromSlash(at)
	info, err := o.root.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return outEntry{}, nil
	case err != nil:
		return outEntry{}, err
	case !info.Mode().IsRegular() || info.Size() != size:
		return outEntry{exists: true, info: info}, nil
	}
	file, err := o.root.OpenFile(at, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return outEntry{exists: true, info: info}, nil // not ours to read, so not ours
	}
	defer file.Close()
	sum := sha256.New()
	if n, err := io.Copy(sum, io.LimitReader(file, size+1)); err != nil || n != size {
		return outEntry{exists: true, info: info}, nil
	}
	return outEntry{true, info, hex.EncodeToString(sum.Sum(nil))}, nil
}
