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
	return &openedFile{io.NewSectionReader(file, 0, info.Size()), file, path}, nil
}

func (h *Folders) read(path string) (*os.File, fs.FileInfo, error) {
	f, rel, err := h.locate(path, reading)
	if err != nil {
		return nil, nil, err
	}
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
		return nil, nil, mistake.Errorf("%s is a folder. Name one file; to upload several, call upload_file for each.", prose.Line(path, 200))
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
