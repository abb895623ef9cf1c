package wsl

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program is the beginning of one for a processor.
func program(m elf.Machine) string {
	return elf.ELFMAG + string([]byte{byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1, 0}) + strings.Repeat("\x00", 10) + string([]byte{byte(m), byte(m >> 8)}) + "the rest"
}

// systemOf returns an archive with entries.
func systemOf(t testing.TB, entries ...*tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		text := h.Gname // carries the content here
		h.Gname, h.Size = "", int64(len(text))
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func shell(m elf.Machine) *tar.Header {
	return &tar.Header{Name: "./usr/bin/sh", Mode: 0o755, Gname: program(m)}
}

// options are those of a program and a system in files.
func options(t testing.TB, system []byte) Options {
	t.Helper()
	dir := t.TempDir()
	o := Options{Program: filepath.Join(dir, "program"), System: filepath.Join(dir, "system.tar.gz")}
	if err := errors.Join(os.WriteFile(o.Program, []byte(program(elf.EM_X86_64)), 0o600), os.WriteFile(o.System, system, 0o600)); err != nil {
		t.Fatal(err)
	}
	return o
}

// written returns the archive of options: the entries' names in their order, and contents.
func written(t testing.TB, o Options, over bool) (names []string, text map[string]string, headers map[string]*tar.Header) {
	t.Helper()
	a, err := readArchive(o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := a.write(&b, over); err != nil {
		t.Fatal(err)
	}
	text, headers = map[string]string{}, map[string]*tar.Header{}
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names, text, headers
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		text[h.Name], headers[h.Name] = string(content), h
	}
}

// The system is copied with the program, the settings and the user, without what is WSL's.
func TestArchive(t *testing.T) {
	t.Parallel()
	system := systemOf(t,
		&tar.Header{Name: "./", Typeflag: tar.TypeDir, Mode: 0o755},
		&tar.Header{Name: "./proc/", Typeflag: tar.TypeDir, Mode: 0o555},
		&tar.Header{Name: "./dev/null", Typeflag: tar.TypeChar},
		&tar.Header{Name: "./tmp/", Typeflag: tar.TypeDir, Mode: 0o1777},
		&tar.Header{Name: "./bin", Typeflag: tar.TypeSymlink, Linkname: "usr/bin"},
		shell(elf.EM_X86_64),
		&tar.Header{Name: "./usr/bin/dash", Typeflag: tar.TypeLink, Linkname: "./usr/bin/sh"},
		&tar.Header{Name: "./etc/passwd", Mode: 0o644, Gname: "root:x:0:0::/root:/bin/bash"},
		&tar.Header{Name: "./etc/wsl.conf", Mode: 0o644, Gname: "[interop]\nenabled=true\n"},
		&tar.Header{Name: "./etc/resolv.conf", Mode: 0o644, Gname: "nameserver 1.1.1.1\n"},
		&tar.Header{Name: "../../escape", Mode: 0o6755, Uid: 7, Gname: "x", PAXRecords: map[string]string{"SCHILY.xattr.user.a": "b"}},
	)
	o := options(t, gzipped(t, system))
	names, text, headers := written(t, o, false)
	if want := []string{"proc/", "tmp/", "bin", "usr/bin/sh", "usr/bin/dash", "etc/passwd", "escape", "etc/group", "etc/wsl.conf", "etc/wsl-distribution.conf",
		"usr/lib/dynamic-sessions-mcp/", endPath, "cache/", "tmp/", programPath, stampPath}; !slices.Equal(names, want) {
		t.Errorf("got  %q\nwant %q", names, want)
	}
	for name, want := range map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/bash\nsessions:x:65532:65532::/cache:/bin/sh\n", "etc/group": "root:x:0:\nsessions:x:65532:\n",
		programPath: program(elf.EM_X86_64), "escape": "x",
	} {
		if text[name] != want {
			t.Errorf("%s: %q", name, text[name])
		}
	}
	for _, setting := range []string{"[automount]\nenabled=false\n", "[interop]\nenabled=false\nappendWindowsPath=false\n", "[gpu]\nenabled=false\n", "[boot]\nsystemd=false\n", "[user]\ndefault=sessions\n"} {
		if !strings.Contains(text["etc/wsl.conf"], setting) {
			t.Errorf("wsl.conf has no %q", setting)
		}
	}
	if text["etc/wsl-distribution.conf"] != "[shortcut]\nenabled=false\n[windowsterminal]\nenabled=false\n" {
		t.Errorf("wsl-distribution.conf: %q", text["etc/wsl-distribution.conf"])
	}
	if h := headers["escape"]; h.Mode != 0o6755 || h.Uid != 7 || h.PAXRecords["SCHILY.xattr.user.a"] != "b" {
		t.Errorf("%+v", h)
	}
	if h := headers["cache/"]; h.Mode != 0o700 || h.Uid != userID || h.Gid != userID {
		t.Errorf("%+v", h)
	}
	if headers["usr/bin/dash"].Linkname != "usr/bin/sh" || headers["bin"].Linkname != "usr/bin" || headers[programPath].Mode != 0o755 {
		t.Errorf("%+v", headers)
	}
	over, _, _ := written(t, o, true)
	if want := slices.Concat([]string{stampPath}, names[2:]); !slices.Equal(over, want) {
		t.Errorf("over another: got  %q\nwant %q", over, want)
	}
}

// The stamp tells whatever the distribution is made of.
func TestStamp(t *testing.T) {
	t.Parallel()
	stamps := map[string]bool{}
	for _, text := range []string{"a", "b"} {
		for _, more := range []string{"a", "b"} {
			o := options(t, []byte(text))
			if err := os.WriteFile(o.Program, []byte(program(elf.EM_X86_64)+more), 0o600); err != nil {
				t.Fatal(err)
			}
			a, err := readArchive(o)
			if err != nil {
				t.Fatal(err)
			}
			stamps[a.stamp] = true
		}
	}
	if len(stamps) != 4 {
		t.Error(stamps)
	}
}

// A file that is no system is told with what to do, and nothing is left of it.
func TestNoSystem(t *testing.T) {
	t.Parallel()
	whole := systemOf(t, shell(elf.EM_X86_64))
	pressed := gzipped(t, whole)
	for name, test := range map[string]struct {
		system []byte
		want   string
	}{
		"empty":          {nil, "the end of it is missing"},
		"text":           {[]byte(strings.Repeat("text ", 1000)), "archive/tar: invalid tar header"},
		"another system": {systemOf(t, shell(elf.EM_AARCH64)), "it is for another processor (EM_AARCH64) than the Linux program (EM_X86_64)"},
		"scripts":        {systemOf(t, &tar.Header{Name: "bin/sh", Gname: "#!/bin/false"}), "it has no /bin/sh"},
		"cut":            {whole[:520], "unexpected EOF"},
		"cut at a block": {whole[:1024], "the end of it is missing"},
		"no checksum":    {pressed[:len(pressed)-8], "unexpected EOF"},
		"cut gzip":       {[]byte{0x1f, 0x8b, 8, 0}, "unexpected EOF"},
		"accounts":       {systemOf(t, shell(elf.EM_X86_64), &tar.Header{Name: "etc/passwd", Gname: strings.Repeat("x", maxAccounts+1)}), "etc/passwd has 1048577 bytes"},
	} {
		a, err := readArchive(options(t, test.system))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		_, err = a.store(t.Context(), dir)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "name it with --engine-image") {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
	o := options(t, whole)
	for _, missing := range []string{o.System, o.Program} {
		if err := os.Remove(missing); err != nil {
			t.Fatal(err)
		}
		if _, err := readArchive(o); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "from the release of this version") {
			t.Error(err)
		}
	}
}

// The error of who is written to is returned as it is.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	a, err := readArchive(options(t, systemOf(t, shell(elf.EM_X86_64))))
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	for room := range 12 {
		if err := a.write(&disk{room: room * 512, full: full}, false); err != full {
			t.Errorf("with room for %d blocks: %v", room, err)
		}
	}
}

// disk has room for some bytes.
type disk struct {
	room int
	full error
}

func (d *disk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, d.full
	}
	return len(p), nil
}

// A file of the archive that cannot be written to the end is removed.
func TestStoreCanceled(t *testing.T) {
	t.Parallel()
	a, err := readArchive(options(t, systemOf(t, shell(elf.EM_X86_64))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if _, err := a.store(ctx, dir); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

// FuzzSystem asserts that of any file comes an error, or a whole archive with the stamp at
// its end.
func FuzzSystem(f *testing.F) {
	whole := systemOf(f, shell(elf.EM_X86_64), &tar.Header{Name: "etc/passwd", Gname: "root"})
	f.Add(whole)
	f.Add(whole[:700])
	f.Add([]byte{0x1f, 0x8b, 8})
	f.Fuzz(func(t *testing.T, system []byte) {
		c := copying{machine: elf.EM_X86_64, without: map[string]bool{"etc/group": true}}
		var b bytes.Buffer
		c.w = tar.NewWriter(&b)
		if c.all(bytes.NewReader(system)) != nil {
			return
		}
		if err := errors.Join(add(c.w, addition{name: stampPath, text: "x"}), c.w.Close()); err != nil {
			t.Fatal(err)
		}
		last := ""
		for r := tar.NewReader(&b); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			last = h.Name
		}
		if last != stampPath {
			t.Errorf("it ends with %q", last)
		}
	})
}
