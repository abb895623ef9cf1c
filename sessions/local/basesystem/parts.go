package basesystem

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// A machine says where a processor's programs look for what loads them, and where
// Debian has its libraries.
type machine struct {
	elf     elf.Machine
	loader  string
	triplet string
}

// thisMachine describes the processor that the program is for. The embedded interpreter
// is for these two.
func thisMachine() machine {
	if runtime.GOARCH == "arm64" {
		return machine{elf.EM_AARCH64, "/lib/ld-linux-aarch64.so.1", "aarch64-linux-gnu"}
	}
	return machine{elf.EM_X86_64, "/lib64/ld-linux-x86-64.so.2", "x86_64-linux-gnu"}
}

// libraryFolders are where distributions have their C library.
func (m machine) libraryFolders() []string {
	return []string{"/lib64", "/usr/lib64", "/lib/" + m.triplet, "/usr/lib/" + m.triplet, "/lib", "/usr/lib"}
}

// oldestLibrary is the version of glibc that the embedded interpreter's packages need.
const oldestLibrary = "GLIBC_2.28"

// What a system may lack, in words that complete "it has".
var (
	errNoLibrary = errors.New("no C library that fits")
	errNoShell   = errors.New("no shell")
)

// checkParts reports whether the system in the folder root, "/" for the host's own, can
// run the interpreter: what loads programs, and the C library.
func checkParts(root string) error {
	m := thisMachine()
	if _, err := resolve(root, m.loader); err != nil {
		return fmt.Errorf("%w: %s is missing", errNoLibrary, m.loader)
	}
	old := false
	for _, folder := range m.libraryFolders() {
		file, err := resolve(root, path.Join(folder, "libc.so.6"))
		if err != nil {
			continue
		}
		switch versions, err := versionsOf(file, m.elf); {
		case err != nil:
		case slices.Contains(versions, oldestLibrary):
			return nil
		default:
			old = true
		}
	}
	if old {
		return fmt.Errorf("%w: its glibc is older than 2.28", errNoLibrary)
	}
	return fmt.Errorf("%w: there is no glibc for %s in %s", errNoLibrary, runtime.GOARCH, strings.Join(m.libraryFolders(), ", "))
}

// checkShell reports whether a system has a shell.
func checkShell(root string) error {
	if _, err := resolve(root, "/bin/sh"); err != nil {
		return fmt.Errorf("%w: /bin/sh is missing", errNoShell)
	}
	return nil
}

// checkFolders reports a base system whose folders that sandboxes are shown are links,
// which would lead to those of the host.
func checkFolders(root string) error {
	for _, name := range []string{"etc", "usr"} {
		if info, err := os.Lstat(filepath.Join(root, name)); err != nil || !info.IsDir() {
			return refuse("it has no folder /%s", name)
		}
	}
	for _, name := range []string{"etc/alternatives", "lib", "lib64", "bin", "sbin"} {
		file := filepath.Join(root, name)
		info, err := os.Lstat(file)
		if err != nil || info.IsDir() {
			continue // not all have all
		}
		target, err := os.Readlink(file)
		if err != nil || name == "etc/alternatives" || !strings.HasPrefix(strings.TrimPrefix(target, "/"), "usr/") {
			return refuse("its /%s is neither a folder nor a link into /usr", name)
		}
	}
	return nil
}

// versionsOf returns the versions of glibc that a C library stands for.
func versionsOf(file string, want elf.Machine) (names []string, err error) {
	library, err := elf.Open(file)
	if err != nil {
		return nil, err
	}
	defer library.Close()
	if library.Machine != want {
		return nil, fmt.Errorf("%s is for %s", file, library.Machine)
	}
	versions, err := library.DynamicVersions()
	for _, v := range versions {
		names = append(names, v.Name)
	}
	return names, err
}

// maxLinks is how many links are followed, as Linux does.
const maxLinks = 40

// resolve returns the file that a name stands for in the system in the folder root: links
// lead to where they would if that were the root. It must be a file.
func resolve(root, name string) (string, error) {
	at, rest := "/", strings.Split(strings.Trim(path.Clean(name), "/"), "/")
	for links := 0; len(rest) > 0; {
		at, rest = path.Join(at, rest[0]), rest[1:]
		info, err := os.Lstat(filepath.Join(root, at))
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("%s has too many links: %w", name, fs.ErrInvalid)
		}
		target, err := os.Readlink(filepath.Join(root, at))
		if err != nil {
			return "", err
		}
		at = path.Dir(at)
		if path.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(strings.Trim(path.Clean(target), "/"), "/"), rest...)
	}
	file := filepath.Join(root, at)
	info, err := os.Lstat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file: %w", file, fs.ErrInvalid)
	}
	return file, err
}
