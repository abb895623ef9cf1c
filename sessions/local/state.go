package local

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/delta"
	"dynamic-sessions-mcp/sessions/local/snapshot"
)

// A stateFile is a file that a state is written to. That it is an interface
// lets tests have a disk that is full.
type stateFile interface {
	io.Writer
	Sync() error
	Close() error
}

func createStateFile(path string) (stateFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}

// A boundedFile is a stateFile that takes no more than it has room for.
type boundedFile struct {
	stateFile
	room int64
}

func (f *boundedFile) Write(p []byte) (int, error) {
	if f.room -= int64(len(p)); f.room < 0 {
		return 0, errStateTooLarge
	}
	return f.stateFile.Write(p)
}

var errStateTooLarge = errors.New("the state takes more room on the disk than all sleeping sessions may")

// state is the file in which a sleeping interpreter lies: whole, or not there.
func (b *box) state() string { return filepath.Join(b.dir, stateName) }

const stateName = "state"

// partial is the file that becomes the state when it is whole.
func (b *box) partial() string { return b.state() + ".partial" }

// forget removes the state, for good: it does not come back after a power
// failure. What it needed stays for the next one.
func (b *box) forget() error {
	if err := os.Remove(b.state()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	b.syncFolder()
	_ = os.Remove(b.partial())
	return nil
}

// syncFolder has what came and went in the folder of a kept box reach the disk,
// where the file system can do that. Other boxes do not outlive the server.
func (b *box) syncFolder() {
	if !b.kept {
		return
	}
	if d, err := os.Open(b.dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// saveState writes the checkpoint in the folder dir as the state of a box. One
// for which there is no room even if no other session slept is not kept.
func (e *engine) saveState(b *box, dir string) error {
	against, err := e.snapshots.Closest(b.wokenFrom)
	if err != nil {
		return err
	}
	h := delta.Header{Session: b.incarnation}
	if h.Runtime, err = e.snapshots.Key(); err != nil {
		return err
	}
	if b.kept {
		against = e.snapshots.Hold(b.dir, against)
	}
	img, closeImage, err := openImage(dir, &h)
	if err != nil {
		return err
	}
	defer closeImage()
	err = e.writeState(b, h, img, against)
	if err == nil {
		err = checkState(b.partial())
	}
	if err == nil {
		err = os.Rename(b.partial(), b.state())
	}
	if err != nil {
		_ = os.Remove(b.partial())
		return err
	}
	b.syncFolder()
	return nil
}

// writeState writes a state to the file that is going to be it.
func (e *engine) writeState(b *box, h delta.Header, img delta.Image, against *delta.Base) error {
	f, err := e.opts.createState(b.partial())
	if err != nil {
		return err
	}
	f = &boundedFile{f, e.opts.SleepDisk}
	w := bufio.NewWriterSize(f, 256<<10)
	err = delta.Encode(w, h, img, against)
	if err == nil {
		err = w.Flush()
	}
	if err == nil && b.kept {
		err = f.Sync() // it is to outlive more than the server
	}
	return errors.Join(err, f.Close())
}

// checkState reads a state that was just written.
func checkState(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, _, err = delta.Check(f, info.Size())
	return err
}

// openImage opens the files of a checkpoint and takes down their sizes.
func openImage(dir string, h *delta.Header) (img delta.Image, done func(), err error) {
	var open []*os.File
	done = func() {
		for _, f := range open {
			f.Close()
		}
	}
	var bytes int64
	for _, file := range []struct {
		name string
		r    *io.Reader
		size *int64
	}{
		{delta.CheckpointFile, &img.Checkpoint, &h.Checkpoint},
		{delta.MetaFile, &img.Meta, &h.Meta},
		{delta.PagesFile, &img.Pages, &bytes},
	} {
		f, err := os.Open(filepath.Join(dir, file.name))
		if err != nil {
			done()
			return img, nil, err
		}
		open = append(open, f)
		info, err := f.Stat()
		if err != nil {
			done()
			return img, nil, err
		}
		*file.r, *file.size = f, info.Size()
	}
	if h.Pages = bytes / delta.PageSize; bytes%delta.PageSize != 0 {
		done()
		return img, nil, errors.New("the checkpoint is cut off")
	}
	return img, done, nil
}

func decodeInto(dir string, h delta.Header, body io.Reader, against *delta.Base) (err error) {
	var out delta.Output
	for _, file := range []struct {
		name string
		w    *io.Writer
	}{{delta.CheckpointFile, &out.Checkpoint}, {delta.MetaFile, &out.Meta}, {delta.PagesFile, &out.Pages}} {
		f, err := os.OpenFile(filepath.Join(dir, file.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		*file.w = f
	}
	return delta.Decode(out, h, body, against)
}

// stateSize returns the bytes that the state of a box takes on the disk, with its
// share of the snapshot that it holds.
func (b *box) stateSize() int64 { return stateSize(b.dir) }

func stateSize(dir string) int64 {
	size := fileSize(filepath.Join(dir, stateName))
	for _, path := range snapshot.Held(dir) {
		if info, err := os.Lstat(path); err == nil {
			size += diskBytes(info) / linkCount(info)
		}
	}
	return size
}

// fileSize returns the room that a file takes on the disk, 0 if there is none.
func fileSize(path string) int64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	return diskBytes(info)
}
