package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	specs "github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"dynamic-sessions-mcp/sessions/userfolders"
)

// etcFiles are the files and folders of the host's /etc that programs need to
// find libraries, fonts, certificates (the one file that has them all) and the
// time zone. They are copied, not bound, so that nothing else of /etc is visible.
var etcFiles = []string{
	"ld.so.cache", "ld.so.conf", "ld.so.conf.d",
	"fonts",
	"ssl/certs/ca-certificates.crt", "ssl/openssl.cnf", "ssl/cert.pem", "pki/tls/certs/ca-bundle.crt", "pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"localtime", "timezone", "mime.types", "services", "protocols", "os-release",
}

// ownFiles are the files of /etc that would reveal something about the host.
var ownFiles = map[string]string{
	"etc/passwd":        "root:x:0:0:root:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
	"etc/group":         "root:x:0:\nnogroup:x:65534:\n",
	"etc/hosts":         "127.0.0.1 localhost\n::1 localhost\n",
	"etc/resolv.conf":   "",
	"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}

// linkFolders are folders of /etc that hold nothing but links into the system,
// such as that from awk to the one that is installed.
var linkFolders = []string{"alternatives"}

// systemDirs are the folders of a system that a sandbox sees.
var systemDirs = []string{"/usr", "/lib", "/lib64", "/bin", "/sbin"}

// rootfsDir is where the sandbox host of the runtime in dir mounts the root of its
// sandboxes.
func rootfsDir(dir string) string { return filepath.Join(dir, "root") }

// openRootfs mounts on dir, and fills, the root file system that all sandboxes of a
// runtime share, read-only: mount points, and a few files of /etc. It is in memory and
// in the mount namespace of the sandbox host, so that a server creates and removes no
// hundreds of files on a disk, which on some takes a millisecond each.
func openRootfs(dir string, from system) error {
	if err := unix.Mount("sandbox-root", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=64m"); err != nil {
		return fmt.Errorf("mounting the root of the sandboxes: %w", err)
	}
	err := makeRootfs(dir, from)
	for _, name := range linkFolders {
		err = errors.Join(err, copyLinks(from.path("/etc/"+name), filepath.Join(dir, "etc", name)))
	}
	if err != nil {
		return fmt.Errorf("making the root of the sandboxes: %w", err)
	}
	return nil
}

// linksOf returns the folders of links of a root that is on the disk: they are not copied,
// but shown from where they lie. It makes the folders that they are seen at.
func linksOf(root string, from system) (map[string]string, error) {
	links := map[string]string{}
	for _, name := range linkFolders {
		source, err := filepath.EvalSymlinks(from.path("/etc/" + name))
		if err != nil {
			continue // it is not there
		}
		at := filepath.Join(root, "etc", name)
		if err := os.MkdirAll(at, 0o755); err != nil {
			return nil, err
		}
		links[at] = source
	}
	return links, nil
}

func makeRootfs(dir string, from system) error {
	for _, d := range []string{"etc", "proc", "dev", "sys", "tmp", "run", "var/tmp", dataDir, userfolders.Dir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return err
		}
	}
	for name, text := range ownFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := from.copyEtc(filepath.Join(dir, "etc")); err != nil {
		return err
	}
	for _, name := range systemDirs {
		if target, ok := from.link(name); ok {
			if err := ignoreExisting(os.Symlink(target, filepath.Join(dir, name))); err != nil {
				return err
			}
		}
	}
	return os.MkdirAll(filepath.Join(dir, emptyDir), 0o755)
}

// emptyDir is a folder of the root that covers others.
const emptyDir = "var/empty"

// copyLinks copies the symbolic links of a folder as they are.
func copyLinks(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return ignoreMissing(err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type()&os.ModeSymlink != 0 {
			if err := copyLink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// localDir is covered by emptyDir.
const localDir = "/usr/local"

// makeMountPoints makes the folders of rootfs that a sandbox has mounts on, unless they
// exist. It may be called concurrently.
func makeMountPoints(rootfs string, mounts []specs.Mount) error {
	for _, m := range mounts {
		point := filepath.Join(rootfs, m.Destination)
		if below, ok := strings.CutPrefix(m.Destination, localDir+"/"); ok {
			point = filepath.Join(rootfs, emptyDir, below)
		}
		if err := os.MkdirAll(point, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// copyReadable copies a file or a folder, following links, and leaves out what
// does not exist, what others may not read, and what is neither.
func copyReadable(from, to string) error {
	info, err := os.Stat(from)
	if err != nil || info.Mode().Perm()&0o004 == 0 {
		return nil
	}
	if info.Mode().IsRegular() {
		return copyFile(from, to)
	}
	if !info.IsDir() {
		return nil
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return ignoreMissing(err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		if err := copyReadable(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return ignoreMissing(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
