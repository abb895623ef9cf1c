package wsl

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
)

// An archive is what the distribution is made of: the system, the program and settings.
type archive struct {
	program, system string // paths
	machine         machine
	stamp           string // the checksum of all of it
}

// readArchive reads what an archive will be made of, for its checksum.
func readArchive(o Options) (*archive, error) {
	a := &archive{program: o.Program, system: o.System}
	sum := sha256.New()
	for _, e := range additions {
		fmt.Fprintf(sum, "%q %o %d %q\n", e.name, e.mode, e.owner, e.text)
	}
	if err := hashFile(sum, o.Program); err != nil {
		return nil, fmt.Errorf("the Linux program for the sessions: %w. Take it from the release of this version, and name it with --engine-binary", err)
	}
	if err := hashFile(sum, o.System); err != nil {
		return nil, fmt.Errorf("the system for the distribution of WSL: %w. %s", err, takeSystem)
	}
	a.stamp = fmt.Sprintf("%x", sum.Sum(nil))
	var err error
	a.machine, err = machineOf(o.Program)
	return a, err
}

// takeSystem is what to do about a file of the system.
const takeSystem = "Take it from the release of this version, and put it beside the Linux program or name it with --engine-image"

// CheckSystem returns what is wrong with the file of a system, as far as that is seen at
// once, and what to do.
func CheckSystem(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file", path)
	}
	if err != nil {
		return fmt.Errorf("the system for the distribution of WSL: %w. %s", err, takeSystem)
	}
	return nil
}

func hashFile(sum io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(sum, f)
	fmt.Fprintf(sum, "\n%d\n", n)
	return err
}

// store writes the archive to a new file of a folder and returns its path. Nothing is
// left of one that fails.
func (a *archive) store(ctx context.Context, dir string) (_ string, err error) {
	f, err := os.CreateTemp(dir, making)
	if err != nil {
		return "", fmt.Errorf("making the distribution of WSL: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Name(), a.write(&fileOf{ctx, f}, false)
}

// fileOf is a file that is no longer written when a context has ended.
type fileOf struct {
	ctx context.Context
	*os.File
}

func (f *fileOf) Write(p []byte) (int, error) {
	if err := context.Cause(f.ctx); err != nil {
		return 0, err
	}
	n, err := f.File.Write(p)
	if err != nil {
		err = fmt.Errorf("making the distribution of WSL: %w. Free 3 GB on that disk if it is full", err)
	}
	return n, err
}

// write writes the archive, for a new distribution or to be unpacked over one in which
// programs run. Errors of the writer are returned as they are.
func (a *archive) write(to io.Writer, over bool) error {
	out := &output{to: to}
	w := tar.NewWriter(out)
	err := a.writeAll(w, over)
	if err = errors.Join(err, w.Close()); out.err != nil {
		return out.err
	}
	return err
}

func (a *archive) writeAll(w *tar.Writer, over bool) error {
	if over { // it is another from now on
		if err := add(w, addition{name: stampPath, mode: 0o644}); err != nil {
			return err
		}
	}
	if err := a.copySystem(w, over); err != nil {
		return err
	}
	for _, e := range additions {
		if err := add(w, e); err != nil {
			return err
		}
	}
	if err := a.addProgram(w); err != nil {
		return err
	}
	return add(w, addition{name: stampPath, mode: 0o644, text: a.stamp + "\n"})
}

// output keeps the error of a writer apart from those of what is read.
type output struct {
	to  io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.to.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}
