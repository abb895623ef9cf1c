package wsl

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// uncompressed returns what a file holds that gzip may have compressed.
func uncompressed(file io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(file, 1<<16)
	if head, _ := b.Peek(2); !bytes.Equal(head, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	return gzip.NewReader(b)
}

// ending counts the zeros at the end of an archive.
type ending struct {
	r     io.Reader
	zeros int
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	zeros := n - len(bytes.TrimRight(p[:n], "\x00"))
	if zeros == n {
		zeros += e.zeros
	}
	e.zeros = zeros
	return n, err
}

// check reads the rest, after which gzip has its checksum, and says whether the archive is
// whole: it ends with two blocks of zeros.
func (e *ending) check() error {
	if _, err := io.Copy(io.Discard, e); err != nil {
		return err
	}
	if e.zeros < 1024 {
		return errors.New("the end of it is missing")
	}
	return nil
}
