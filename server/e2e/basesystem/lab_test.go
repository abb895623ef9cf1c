//go:build basesystem

package basesystem

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// archiveName is what the base system is called beside the program.
const archiveName = "dynamic-sessions-mcp-system-linux-" + runtime.GOARCH + ".tar.gz"

// A host is a machine without glibc: a root of its own, in which the program runs.
type host struct {
	root  string // with the program in /program
	cache string // seen as /cache
}

// madeArchive returns the base system, which the script makes once for each of its
// versions.
func madeArchive(t *testing.T) string {
	t.Helper()
	script := filepath.Join(e2etest.Testdata(t), "..", "deploy", "base-system")
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(e2etest.CacheHome(t), "dynamic-sessions-mcp-ci", fmt.Sprintf("base-system-%x", sha256.Sum256(text))[:24])
	file := filepath.Join(dir, archiveName)
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) { // the script leaves no half of it
		succeed(t, exec.Command(script, dir, runtime.GOARCH))
	}
	return file
}

func succeed(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return string(out)
}

// newHost makes a host with what lay puts into its root, and the interpreter that this
// machine has installed.
func newHost(t *testing.T, lay func(t *testing.T, root string)) host {
	t.Helper()
	h := host{root: t.TempDir(), cache: t.TempDir()}
	for _, dir := range []string{"program", "cache", "tmp", "etc", "proc", "sys", "dev"} {
		if err := os.Mkdir(filepath.Join(h.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(h.root, "etc/passwd"), "root:x:0:0:root:/:/sbin/nologin\nthe-host's-user:x:7:7::/:/bin/false\n")
	if lay != nil {
		lay(t, h.root)
	}
	succeed(t, exec.Command("install", "-m", "755", e2etest.Program(t), filepath.Join(h.root, "program", "dynamic-sessions-mcp")))
	return h
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o755)); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, file string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.Symlink(target, file)); err != nil {
		t.Fatal(err)
	}
}

// debianFiles unpacks packages of Debian, which need nothing else.
func debianFiles(t *testing.T, packages ...string) string {
	t.Helper()
	dir := t.TempDir()
	download := exec.Command("apt-get", append([]string{"-qq", "-o", "APT::Sandbox::User=", "download"}, packages...)...)
	download.Dir = dir
	succeed(t, download)
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) != len(packages) {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		succeed(t, exec.Command("dpkg-deb", "-x", file, filepath.Join(dir, "files")))
	}
	return filepath.Join(dir, "files")
}

// alpine has musl, and busybox for everything else.
func alpine(t *testing.T, root string) {
	files := debianFiles(t, "busybox-static", "musl")
	succeed(t, exec.Command("cp", "-a", files+"/.", root))
	for _, command := range []string{"sh", "ls", "cat"} {
		link(t, "busybox", filepath.Join(root, "bin", command))
	}
	write(t, filepath.Join(root, "etc/os-release"), "ID=alpine\n")
	write(t, filepath.Join(root, "usr/share/secret"), "of the host")
}

// nixOS has everything in its store, a shell and env where programs look for them, and in
// the place of what loads programs one that only says why it does not.
func nixOS(t *testing.T, root string) {
	files := debianFiles(t, "busybox-static")
	succeed(t, exec.Command("install", "-D", "-m", "755", files+"/bin/busybox", root+"/nix/store/0a-bash/bin/sh"))
	link(t, "/nix/store/0a-bash/bin/sh", filepath.Join(root, "bin/sh"))
	link(t, "/nix/store/0a-bash/bin/sh", filepath.Join(root, "usr/bin/env"))
	write(t, filepath.Join(root, "nix/store/0b-stub-ld/ld"), "#!/bin/sh\nexit 127\n")
	for _, name := range []string{"lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"} {
		link(t, "/nix/store/0b-stub-ld/ld", filepath.Join(root, name))
	}
	write(t, filepath.Join(root, "etc/os-release"), "ID=nixos\n")
}

// withBaseSystem puts the base system beside the program.
func (h host) withBaseSystem(t *testing.T) host {
	t.Helper()
	succeed(t, exec.Command("cp", madeArchive(t), filepath.Join(h.root, "program", archiveName)))
	return h
}

// command is a command of the program on the host. more are flags of bwrap.
func (h host) command(t *testing.T, more []string, args ...string) *exec.Cmd {
	t.Helper()
	flags := append([]string{"--bind", h.root, "/", "--dev", "/dev", "--proc", "/proc", "--ro-bind", "/sys", "/sys", "--tmpfs", "/tmp",
		"--bind", h.cache, "/cache", "--die-with-parent", "--clearenv", "--setenv", "HOME", "/tmp", "--setenv", "DYNAMIC_SESSIONS_CACHE_DIR", "/cache"}, more...)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, "bwrap", append(append(flags, "/program/dynamic-sessions-mcp"), args...)...)
}

// installed are the flags that show the host the interpreter of this machine.
func installed(t *testing.T) []string {
	t.Helper()
	succeed(t, exec.Command(e2etest.Program(t), "setup"))
	var flags []string
	found, err := filepath.Glob(filepath.Join(e2etest.CacheHome(t), "dynamic-sessions-mcp", "python-*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range found {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			flags = append(flags, "--bind", dir, "/cache/"+filepath.Base(dir))
		}
	}
	if len(flags) == 0 {
		t.Fatal("this machine has no interpreter")
	}
	return flags
}

// said runs a command and returns all that it wrote; its status says nothing here.
func said(t *testing.T, cmd *exec.Cmd, in string) string {
	t.Helper()
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), `\"`, `"`)
}
