package sandbox

import (
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layBaseSystem makes a base system of this machine's shell and its libraries, and a few
// files that nothing else has.
func layBaseSystem(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"usr/bin", "usr/lib", "usr/lib64", "usr/local/bin", "etc/ssl/certs", "etc/alternatives"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var errs []error
	for name, target := range map[string]string{"bin": "usr/bin", "lib": "usr/lib", "lib64": "usr/lib64", "sbin": "usr/bin", "etc/alternatives/awk": "/usr/bin/sh",
		"etc/os-release": "../usr/lib/os-release", "etc/hosts": "/etc/shadow", "etc/localtime": "/etc/shadow"} {
		errs = append(errs, os.Symlink(target, filepath.Join(root, name)))
	}
	for name, text := range map[string]string{"usr/lib/os-release": "ID=base\n", "etc/ssl/certs/ca-certificates.crt": "of the base\n",
		"usr/local/bin/program": "of the administrator", "etc/passwd": "someone:x:7:7::/:/bin/sh\n", "usr/bin/only": "here"} {
		errs = append(errs, os.WriteFile(filepath.Join(root, name), []byte(text), 0o755))
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	copyElf(t, "/bin/sh", filepath.Join(root, "usr/bin/sh"), root)
	return root
}

// copyElf copies a program or a library to a place, and what it needs into root.
func copyElf(t *testing.T, from, to, root string) {
	t.Helper()
	if err := copyFile(from, to); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o755); err != nil {
		t.Fatal(err)
	}
	program, err := elf.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	needed, err := program.ImportedLibraries()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range program.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		loader := make([]byte, p.Filesz)
		if _, err := p.ReadAt(loader, 0); err != nil {
			t.Fatal(err)
		}
		path := strings.TrimRight(string(loader), "\x00")
		at, ok := system(root).link("/" + strings.Split(path, "/")[1])
		if !ok {
			t.Fatalf("the loader is %s", path)
		}
		copyElf(t, path, filepath.Join(root, at, filepath.Base(path)), root)
	}
	for _, name := range needed {
		for _, dir := range []string{"/lib/" + libraryTriplet(), "/usr/lib/" + libraryTriplet(), "/lib64", "/usr/lib64", "/lib", "/usr/lib"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				at := filepath.Join(root, "usr", strings.TrimPrefix(dir, "/usr"))
				if err := os.MkdirAll(at, 0o755); err != nil {
					t.Fatal(err)
				}
				copyElf(t, filepath.Join(dir, name), filepath.Join(at, name), root)
				break
			}
		}
	}
}

// TestBaseSystem looks around in a sandbox that is made of a base system: there is nothing
// of the host's but its time zone.
func TestBaseSystem(t *testing.T) {
	t.Parallel()
	level, err := testedLevel()
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range slices.Compact([]Level{level, Landlock}) {
		t.Run(string(level), func(t *testing.T) {
			r := newRuntimeOf(t, layBaseSystem(t), level, UserFolders{})
			for _, test := range []struct{ name, script, want string }{
				{"commands", "echo /usr/bin/* /bin/only /sbin/only", "/usr/bin/only /usr/bin/sh /bin/only /sbin/only"},
				{"the rest of it", "echo /usr/* /usr/share", "/usr/bin /usr/lib /usr/lib64 /usr/local /usr/share"},
				{"the administrator's", "echo /usr/local/*", "/usr/local/*"},
				{"etc", "cd /etc; for f in *; do test $f = localtime || test $f = timezone || printf '%s ' $f; done",
					"alternatives group hosts nsswitch.conf os-release passwd resolv.conf ssl"},
				{"certificates", "read a </etc/ssl/certs/ca-certificates.crt; echo $a", "of the base"},
				{"a link", "read a </etc/os-release; echo $a", "ID=base"},
				{"a link of alternatives", "/etc/alternatives/awk -c 'echo $((6 * 7))'", "42"},
				{"passwd", "read a </etc/passwd; echo $a", "root:x:0:0:root:/tmp:/bin/sh"},
				{"hosts", "read a </etc/hosts; echo $a", "127.0.0.1 localhost"},
				{"read-only", "echo x 2>/dev/null >/usr/bin/only && echo written; read a </usr/bin/only; echo $a", "here"},
			} {
				if got := shellOf(t, r, "/bin/sh", test.script, Limits{}); got != test.want {
					t.Errorf("%s: %q, want %q", test.name, got, test.want)
				}
			}
		})
	}
}
