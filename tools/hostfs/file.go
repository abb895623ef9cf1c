package hostfs

import (
	"io"
	"io/fs"
	"os"

	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// OpenFile opens a regular file by its path, which may be relative to one of the
// folders. It reads as long as the file is now: a file that grows is cut there, and
// one that becomes shorter is a mistake. The caller must close it. Errors are
// mistakes.
func (h *Folders) OpenFile(path string) (io.ReadSeekCloser, error) {
	file, info, err := h.read(path)
	if err != nil {
		return nil, err
	}
	return newOpenedFile(file, info, path), nil
}

func newOpenedFile(file *os.File, info fs.FileInfo, path string) *openedFile {
	return &openedFile{io.NewSectionReader(file, 0, info.Size()), file, path}
}

func (h *Folders) read(path string) (*os.File, fs.FileInfo, error) {
	f, rel, err := h.locate(path, reading)
	if err != nil {
		return nil, nil, err
	}
	return openRegular(f, rel, path)
}

// openRegular opens a regular file below a folder; path is how errors name it.
func openRegular(f hostFolder, rel, path string) (*os.File, fs.FileInfo, error) {
	file, err := f.root.OpenFile(rel, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, nil, hostError("open", path, err)
	}
	info, err := file.Stat()
	if err == nil && info.Mode().IsRegular() {
		return file, info, nil
	}
	file.Close()
	switch {
	case err != nil:
		return nil, nil, hostError("open", path, err)
	case info.IsDir():
		return nil, nil, mistake.Errorf("%s is a folder. Name a file in it.", prose.Line(path, 200))
	default:
		return nil, nil, mistake.Errorf("%s is not a regular file but a device, a pipe or the like. Name a regular file.", prose.Line(path, 200))
	}
}

// An openedFile is a file of the host, with the length that it had when it was opened.
type openedFile struct {
	*io.SectionReader
	file *os.File
	path string
}

// Read implements [io.Reader]. It returns a mistake for a file that ends before
// its length, so that a part is not taken for the whole.
func (f *openedFile) Read(p []byte) (int, error) {
	n, err := f.SectionReader.Read(p)
	switch at, _ := f.Seek(0, io.SeekCurrent); {
	case err == io.EOF && at < f.Size():
		return n, mistake.Errorf("The file became shorter while it was being read. Stop the program that writes it, then try again.")
	case err != nil && err != io.EOF:
		return n, hostError("read", f.path, err)
	}
	return n, err
}

// Close implements [io.Closer].
func (f *openedFile) Close() error { return f.file.Close() }
