package interpreter

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"dynamic-sessions-mcp/sessions/local/delta"
)

// A StateFile is a file that a state is written to. It is an interface so that tests
// can have a full disk.
type StateFile interface {
	io.Writer
	Sync() error
	Close() error
}

func createStateFile(path string) (StateFile, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
}

// A boundedFile is a StateFile that takes no more bytes than it is allowed, and none after
// ctx has ended.
type boundedFile struct {
	StateFile
	ctx  context.Context
	left int64
}

func (f *boundedFile) Write(p []byte) (int, error) {
	if f.left -= int64(len(p)); f.left < 0 {
		return 0, ErrStateTooLarge
	}
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.StateFile.Write(p)
}

// ErrStateTooLarge says that a state takes more of the disk than all states may.
var ErrStateTooLarge = errors.New("the state takes more space on the disk than all sleeping sessions may")

// saveState writes the checkpoint in the folder dir as the state of the
// interpreter. One that is larger than all sleeping sessions may be is not kept.
func (in *Interpreter) saveState(k *kit, dir string) error {
	at := in.place
	err := k.encodeState(context.Background(), dir, at.partial(), in.stateOf())
	if err == nil {
		err = checkState(at.partial())
	}
	if err == nil {
		err = os.Rename(at.partial(), at.state())
	}
	if err != nil {
		_ = os.Remove(at.partial())
		return err
	}
	at.sync()
	return nil
}

// A stateOf says of what a state is.
type stateOf struct {
	at   Place
	heap delta.Heap
	from string // the checksum of the snapshot that its last state needed
}

func (in *Interpreter) stateOf() stateOf { return stateOf{in.place, in.heap, in.wokenFrom} }

// encodeState writes the checkpoint in the folder dir as a state to a file. It gives up
// when ctx ends.
func (k *kit) encodeState(ctx context.Context, dir, path string, of stateOf) error {
	at := of.at
	against, err := k.snapshots.Closest(of.from)
	if err != nil {
		return err
	}
	h := delta.Header{Session: at.Incarnation, Heap: of.heap}
	if h.Runtime, err = k.snapshots.Key(); err != nil {
		return err
	}
	if at.Durable {
		if err := k.holdHeap(of.heap, at); err != nil {
			return err
		}
		against = k.snapshots.Hold(at.Dir, against)
	}
	img, closeImage, err := openImage(dir, &h)
	if err != nil {
		return err
	}
	defer closeImage()
	return k.writeState(ctx, path, at.Durable, h, img, against)
}

// writeState writes a state to the file that is renamed to it in the end.
func (k *kit) writeState(ctx context.Context, path string, durable bool, h delta.Header, img delta.Image, against *delta.Base) error {
	f, err := k.opts.CreateState(path)
	if err != nil {
		return err
	}
	f = &boundedFile{f, ctx, k.opts.SleepDisk}
	w := bufio.NewWriterSize(f, 256<<10)
	err = delta.Encode(w, h, img, against)
	if err == nil {
		err = w.Flush()
	}
	if err == nil && durable {
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

// openImage opens the files of a checkpoint and records their sizes in h.
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
