package basesystem

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// stamp is the time of all files in the archives of the tests.
var stamp = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// archive makes an archive of entries.
func archive(tb testing.TB, entries ...tar.Header) []byte {
	tb.Helper()
	var buffer bytes.Buffer
	compressed := gzip.NewWriter(&buffer)
	w := tar.NewWriter(compressed)
	for _, h := range entries {
		content := h.Uname // stands for it
		h.Uname, h.ModTime = "", stamp
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(content))
		}
		if err := w.WriteHeader(&h); err != nil {
			tb.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(content)); err != nil {
				tb.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		tb.Fatal(err)
	}
	return buffer.Bytes()
}

func folder(name string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
}

func regular(name, content string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o4777, Uname: content, Uid: 1, Gid: 1}
}

func symlink(name, target string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target}
}

func hardLink(name, target string) tar.Header {
	return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: target}
}

// small is a base system that has what this machine's own has to start programs, and
// nothing else.
func small(tb testing.TB, more ...tar.Header) []byte {
	tb.Helper()
	return archive(tb, append(parts(tb), more...)...)
}

func parts(tb testing.TB) []tar.Header {
	tb.Helper()
	m := thisMachine()
	read := func(name string) string {
		file, err := resolve("/", name)
		if err != nil {
			tb.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		return string(data)
	}
	loaders, libraries := strings.TrimPrefix(filepath.Dir(m.loader), "/"), "usr/lib/"+m.triplet
	all := []tar.Header{folder("./"), folder("./etc"), folder("./usr"), folder("./usr/bin"), folder("./usr/lib"), folder("./" + libraries), symlink("./bin", "usr/bin")}
	if loaders == "lib" {
		all = append(all, symlink("./lib", "usr/lib"), regular("./usr/lib/"+filepath.Base(m.loader), read(m.loader)))
	} else {
		all = append(all, folder("./usr/lib64"), symlink("./lib64", "usr/lib64"), regular("./usr/lib64/"+filepath.Base(m.loader), read(m.loader)))
	}
	for _, place := range m.libraryFolders() {
		if _, err := resolve("/", place+"/libc.so.6"); err == nil {
			return append(all, regular("./"+libraries+"/libc.so.6", read(place+"/libc.so.6")), regular("./usr/bin/sh", read("/bin/sh")))
		}
	}
	tb.Fatal("this machine has no C library")
	return nil
}
