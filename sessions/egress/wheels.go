package egress

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// maxFiles and maxPages are how much of the disk files and pages may take that are kept,
	// and maxKept how many there may be of each.
	maxFiles = 5 << 30
	maxPages = 500 << 20
	maxKept  = 2000
)

// openFile returns a file of a package: from the disk, or else from the index, from where
// it is kept if its hash is right.
func (x *Index) openFile(ctx context.Context, name, sum, file string) (io.ReadCloser, int64, error) {
	kept := filepath.Join(x.dir, "files", sum)
	if f, err := os.Open(kept); err == nil {
		if info, err := f.Stat(); err == nil {
			now := time.Now()
			_ = os.Chtimes(kept, now, now) // those that nobody used for the longest time go first
			return f, info.Size(), nil
		}
		f.Close()
	}
	p, err := x.find(ctx, name)
	if err != nil {
		return nil, 0, err
	}
	listed, ok := p.file(file, sum)
	if !ok {
		return nil, 0, &refusal{http.StatusNotFound, "the package index has no such file"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, listed.URL, nil)
	if err != nil {
		return nil, 0, err
	}
	if index, err := url.Parse(x.address); err == nil && index.Host == req.URL.Host {
		req.URL.User = index.User
	}
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := x.client.Do(req)
	if err != nil {
		return nil, 0, &refusal{http.StatusBadGateway, "a file of the package index cannot be had: " + reason(err)}
	}
	if resp.StatusCode != http.StatusOK || resp.ContentLength > maxFile {
		resp.Body.Close()
		return nil, 0, &refusal{http.StatusBadGateway, "a file of the package index cannot be had: it answers " + resp.Status}
	}
	return keep(resp, kept, sum), resp.ContentLength, nil
}

// keep returns the body of an answer, which is kept on the disk when all of it was read and
// its hash is right. What the disk has no place for is passed on all the same.
func keep(resp *http.Response, kept, sum string) io.ReadCloser {
	k := &keeping{body: resp.Body, reader: io.LimitReader(resp.Body, maxFile), hash: sha256.New(), sum: sum, kept: kept}
	if os.MkdirAll(filepath.Dir(kept), 0o700) == nil {
		k.file, _ = os.CreateTemp(filepath.Dir(kept), "new-*")
	}
	return k
}

// A keeping is a body that is kept while it is read.
type keeping struct {
	body   io.Closer
	reader io.Reader
	hash   hash.Hash
	sum    string
	kept   string
	file   *os.File // nil if it is not kept
}

func (k *keeping) Read(b []byte) (int, error) {
	n, err := k.reader.Read(b)
	k.hash.Write(b[:n])
	if k.file != nil && n > 0 {
		if _, failed := k.file.Write(b[:n]); failed != nil {
			k.drop()
		}
	}
	if err == io.EOF {
		if hex.EncodeToString(k.hash.Sum(nil)) != k.sum {
			k.drop()
			return n, fmt.Errorf("the file is not the one that the index lists")
		}
		k.finish()
	}
	return n, err
}

// finish puts the file in its place.
func (k *keeping) finish() {
	if k.file == nil {
		return
	}
	name := k.file.Name()
	if k.file.Close() != nil || os.Rename(name, k.kept) != nil {
		_ = os.Remove(name)
	}
	k.file = nil
	prune(filepath.Dir(k.kept), maxFiles)
}

func (k *keeping) drop() {
	if k.file != nil {
		k.file.Close()
		_ = os.Remove(k.file.Name())
		k.file = nil
	}
}

// Close ends the body. What was not read to its end is not kept.
func (k *keeping) Close() error {
	k.drop()
	return k.body.Close()
}

// prune removes the files of a folder that were not used for the longest time, if all take
// more bytes than they may, or are too many.
func prune(dir string, most int64) {
	type file struct {
		path string
		size int64
		used time.Time
	}
	entries, _ := os.ReadDir(dir)
	var files []file
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			files = append(files, file{filepath.Join(dir, e.Name()), info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.path, b.path)) })
	var total int64
	for i, f := range files {
		if total += f.size; total > most || i >= maxKept {
			_ = os.Remove(f.path)
		}
	}
}
