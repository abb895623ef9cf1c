package basesystem

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestUnpack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	content := archive(t, folder("./"), folder("usr/"), folder("usr/bin"), regular("usr/bin/tool", "tool"), hardLink("usr/bin/other", "./usr/bin/tool"),
		symlink("bin", "usr/bin"), symlink("usr/bin/absolute", "/etc/passwd"), symlink("usr/bin/up", "../bin/tool"))
	if err := unpack(t.Context(), bytes.NewReader(content), dir, maxBytes); err != nil {
		t.Fatal(err)
	}
	tool, err := os.Lstat(filepath.Join(dir, "usr/bin/tool"))
	if err != nil || tool.Mode() != 0o755 || !tool.ModTime().Equal(stamp) {
		t.Errorf("the tool is %v, %v", tool, err)
	}
	if other, err := os.Lstat(filepath.Join(dir, "usr/bin/other")); err != nil || !os.SameFile(tool, other) {
		t.Errorf("its other name is %v, %v", other, err)
	}
	for name, want := range map[string]string{"bin": "usr/bin", "usr/bin/absolute": "/etc/passwd", "usr/bin/up": "../bin/tool"} {
		if target, err := os.Readlink(filepath.Join(dir, name)); err != nil || target != want {
			t.Errorf("%s leads to %q, %v", name, target, err)
		}
	}
	if info, err := os.Lstat(filepath.Join(dir, "usr")); err != nil || info.Mode().Perm() != 0o755 || !info.ModTime().Equal(stamp) {
		t.Errorf("a folder is %v, %v", info, err)
	}
}

// TestUnpackHostile has archives that somebody made to do harm, or that are broken.
func TestUnpackHostile(t *testing.T) {
	t.Parallel()
	whole := small(t)
	changed := bytes.Clone(whole)
	changed[len(changed)-6] ^= 1 // of gzip's checksum
	huge := tar.Header{Name: "huge", Typeflag: tar.TypeReg, Size: maxBytes + 1}
	for _, tt := range []struct {
		name    string
		archive []byte
		says    string
	}{
		{"empty", nil, "not compressed by gzip"},
		{"text", []byte("a page of a proxy that refuses"), "not compressed by gzip"},
		{"cut", whole[:len(whole)/2], "cannot be read"},
		{"cut in the checksum", whole[:len(whole)-3], "cannot be read"},
		{"changed", changed, "checksum"},
		{"more behind it", append(bytes.Clone(whole), "more"...), "cannot be read"},
		{"an absolute name", archive(t, regular("/etc/passwd", "x")), "leads elsewhere"},
		{"a name that leads out", archive(t, regular("../passwd", "x")), "leads elsewhere"},
		{"a name that leads out later", archive(t, folder("a"), regular("a/../../passwd", "x")), "leads elsewhere"},
		{"a long name", archive(t, regular(strings.Repeat("n", maxName+1), "x")), "leads elsewhere"},
		{"a link out", archive(t, symlink("a", "../../etc")), "leads out"},
		{"a link out from below", archive(t, folder("a"), symlink("a/b", "../../etc")), "leads out"},
		{"a link to nothing", archive(t, tar.Header{Name: "a", Typeflag: tar.TypeSymlink}), "leads to no name"},
		{"through a link", archive(t, symlink("a", "/tmp"), regular("a/b", "x")), "in no folder"},
		{"over a link", archive(t, symlink("a", "/tmp/b"), regular("a", "x")), "comes twice"},
		{"over a file", archive(t, regular("a", "x"), regular("./a", "y")), "comes twice"},
		{"below a file", archive(t, regular("a", "x"), regular("a/b", "y")), "in no folder"},
		{"without its folder", archive(t, regular("a/b", "x")), "in no folder"},
		{"another name of the host's", archive(t, hardLink("a", "/etc/passwd")), "no file of the archive"},
		{"another name of a link", archive(t, symlink("a", "/etc/passwd"), hardLink("b", "a")), "no file of the archive"},
		{"another name from outside", archive(t, hardLink("b", "../a")), "no file of the archive"},
		{"a device", archive(t, tar.Header{Name: "null", Typeflag: tar.TypeChar, Devmajor: 1, Devminor: 3}), "neither a file nor"},
		{"a disk", archive(t, tar.Header{Name: "sda", Typeflag: tar.TypeBlock, Devmajor: 8}), "neither a file nor"},
		{"a pipe", archive(t, tar.Header{Name: "pipe", Typeflag: tar.TypeFifo}), "neither a file nor"},
		{"huge", headerOnly(t, huge), "more than all may have"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			inside := filepath.Join(dir, "inside")
			if err := os.Mkdir(inside, 0o700); err != nil {
				t.Fatal(err)
			}
			err := unpack(t.Context(), bytes.NewReader(tt.archive), inside, maxBytes)
			if !errors.Is(err, errArchive) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
				t.Errorf("beside it there is %v, %v", entries, err)
			}
		})
	}
}

// TestUnpackTooLarge bounds all files together, and what headers take.
func TestUnpackTooLarge(t *testing.T) {
	t.Parallel()
	whole := small(t)
	for most, want := range map[int64]error{100: errTooLarge, 2 << 20: errTooLarge, maxBytes: nil} {
		if err := unpack(t.Context(), bytes.NewReader(whole), t.TempDir(), most); !errors.Is(err, want) {
			t.Errorf("at most %d: %v", most, err)
		}
	}
}

// headerOnly is an archive of an entry without its content.
func headerOnly(tb testing.TB, h tar.Header) []byte {
	tb.Helper()
	var plain bytes.Buffer
	if err := tar.NewWriter(&plain).WriteHeader(&h); err != nil {
		tb.Fatal(err)
	}
	return compress(tb, plain.Bytes())
}

func TestUnpackEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := unpack(ctx, bytes.NewReader(small(t)), t.TempDir(), maxBytes); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// FuzzUnpack writes nothing outside of its folder, whatever the archive has, and nothing
// that is neither a file nor a folder nor a link.
func FuzzUnpack(f *testing.F) {
	for _, entries := range [][]tar.Header{
		{folder("a"), regular("a/b", "content"), hardLink("c", "a/b"), symlink("a/d", "../c")},
		{symlink("a", "/tmp"), regular("a/b", "x")},
		{regular("../a", "x")},
		{tar.Header{Name: "pipe", Typeflag: tar.TypeFifo}},
	} {
		f.Add(plain(f, archive(f, entries...)))
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		dir := t.TempDir()
		inside := filepath.Join(dir, "inside")
		if err := os.Mkdir(inside, 0o700); err != nil {
			t.Fatal(err)
		}
		_ = unpack(t.Context(), bytes.NewReader(compress(t, plain)), inside, 1<<20)
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Fatalf("beside it there is %v, %v", entries, err)
		}
		err := filepath.WalkDir(inside, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if kind := entry.Type(); kind != 0 && kind != fs.ModeDir && kind != fs.ModeSymlink {
				t.Errorf("%s is %v", path, kind)
			}
			info, err := entry.Info()
			if err == nil && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
				t.Errorf("%s has rights: %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}
