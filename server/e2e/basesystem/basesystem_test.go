//go:build basesystem

// Package basesystem runs the program on hosts without glibc: one with musl, one that has
// nothing but the program, and one with everything in a store of its own. It needs bwrap,
// and makes the base system and the hosts of Debian's packages.
package basesystem

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"dynamic-sessions-mcp/server/e2e/e2etest"
)

// hosts are the hosts, by what people call them.
var hosts = []struct {
	name  string
	lay   func(*testing.T, string)
	lacks string
}{
	{"Alpine", alpine, "it has no C library that fits: /lib"},
	{"NixOS", nixOS, "there is no glibc for " + runtime.GOARCH},
	{"distroless", nil, "it has no C library that fits: /lib"},
}

var levels = []string{"gvisor-namespaces", "gvisor-landlock"}

// lookAround looks for what a session must have, and for what it must not see.
const lookAround = `import os, ssl, subprocess, zoneinfo
sh = lambda c: subprocess.run(["bash", "-c", c], capture_output=True, text=True).stdout.strip()
print("os", sh(". /etc/os-release; echo $ID"), "-", sh("printf 'b\na\n' | sort | head -1 | sed s/a/answer/"), 6 * 7)
print("certificates", len(ssl.create_default_context(cafile="/etc/ssl/certs/ca-certificates.crt").get_ca_certs()) > 50)
print("zone", zoneinfo.ZoneInfo("Europe/Berlin"), sh("TZ=Europe/Berlin date -d @0 +%z"))
places = ("/nix", "/program", "/cache", "/usr/share/secret", "/bin/busybox", "/lib/ld-musl-x86_64.so.1")
print("of the host", [p for p in places if os.path.exists(p)], "host" in open("/etc/passwd").read())
`

// conversation is one call of run_python.
func conversation(t *testing.T, code string) string {
	t.Helper()
	var lines strings.Builder
	encoder := json.NewEncoder(&lines)
	for _, message := range []map[string]any{
		{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": map[string]any{"protocolVersion": "2025-06-18", "capabilities": map[string]any{},
			"clientInfo": map[string]any{"name": "t", "version": "1"}}},
		{"jsonrpc": "2.0", "method": "notifications/initialized"},
		{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": map[string]any{"name": "run_python", "arguments": map[string]any{"code": code}}},
	} {
		if err := encoder.Encode(message); err != nil {
			t.Fatal(err)
		}
	}
	return lines.String()
}

// TestHosts says what is missing without a base system, and plays the demo's conversation
// with one.
func TestHosts(t *testing.T) {
	python := installed(t)
	for _, test := range hosts {
		t.Run(test.name, func(t *testing.T) {
			h := newHost(t, test.lay)
			testWithout(t, h, python, test.lacks)
			h.withBaseSystem(t)
			for _, level := range levels {
				t.Run(level, func(t *testing.T) { testWith(t, h, python, "--isolation="+level) })
			}
		})
	}
}

// testWithout asserts that every command says what is missing and what to do.
func testWithout(t *testing.T, h host, python []string, lacks string) {
	t.Helper()
	remedy := "take " + archiveName + " from the release of this version and put it beside the program, or run: dynamic-sessions-mcp setup --base-system FILE"
	for name, out := range map[string]string{
		"doctor": said(t, h.command(t, python, "doctor"), ""),
		"setup":  said(t, h.command(t, python, "setup"), ""),
		"serve":  said(t, h.command(t, python, "serve", "--out=none"), conversation(t, lookAround)),
		"demo":   said(t, h.command(t, python, "demo"), ""),
	} {
		if !strings.Contains(out, lacks) || !strings.Contains(out, remedy) {
			t.Errorf("%s does not say that %q and %q:\n%s", name, lacks, remedy, out)
		}
	}
	if out := said(t, h.command(t, python, "doctor", "--isolation=none"), ""); !strings.Contains(out, lacks) || !strings.Contains(out, "leave out --isolation=none") {
		t.Errorf("without isolation doctor says:\n%s", out)
	}
	if left, err := filepath.Glob(filepath.Join(h.cache, "*system*")); err != nil || len(left) != 0 {
		t.Errorf("%q is left, %v", left, err)
	}
}

func testWith(t *testing.T, h host, python []string, isolation string) {
	t.Helper()
	if out := said(t, h.command(t, python, "doctor", isolation), ""); !strings.Contains(out, "ok    base system") || !strings.Contains(out, "ok    files") {
		t.Errorf("doctor says:\n%s", out)
	}
	out := said(t, h.command(t, python, "serve", "--out=none", isolation), conversation(t, lookAround))
	for _, want := range []string{"os debian - answer 42", "certificates True", "zone Europe/Berlin +0100", "of the host [] False"} {
		if !strings.Contains(out, want) {
			t.Errorf("a session does not say %q:\n%s", want, out)
		}
	}
	if out := said(t, h.command(t, python, "demo", isolation, "--out=/tmp/demo"), ""); !strings.Contains(out, " 0 failed") {
		t.Errorf("the demo says:\n%s", out)
	}
}

// TestInstallOnHost installs the interpreter on a host that cannot run it by itself.
func TestInstallOnHost(t *testing.T) {
	packages := t.TempDir()
	succeed(t, exec.Command(e2etest.Program(t), "setup", "--download", packages))
	h := newHost(t, nil)
	file := filepath.Join(h.root, "system.tar.gz")
	succeed(t, exec.Command("cp", madeArchive(t), file))
	shown := []string{"--ro-bind", packages, "/packages"}
	out := succeed(t, h.command(t, shown, "setup", "--base-system", "/system.tar.gz", "--from", "/packages"))
	if !strings.Contains(out, "Ready after") {
		t.Errorf("setup says:\n%s", out)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if out := said(t, h.command(t, nil, "demo", "--out=/tmp/demo"), ""); !strings.Contains(out, " 0 failed") {
		t.Errorf("the demo says:\n%s", out)
	}
}

// TestArchive makes it twice, and looks at what it has, for both processors.
func TestArchive(t *testing.T) {
	again := t.TempDir()
	succeed(t, exec.Command(filepath.Join(e2etest.Testdata(t), "..", "deploy", "base-system"), again))
	first, err := os.ReadFile(madeArchive(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(filepath.Join(again, archiveName))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("it is not the same when it is made twice")
	}
	for arch, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		t.Run(arch, func(t *testing.T) {
			file := filepath.Join(again, "dynamic-sessions-mcp-system-linux-"+arch+".tar.gz")
			if info, err := os.Stat(file); err != nil || info.Size() > 30e6 {
				t.Errorf("the archive is %v, %v", info, err)
			}
			lookInto(t, file, machine)
		})
	}
}

// lookInto asserts that no program of an archive has anybody's rights, that each is for one
// processor, and that the libraries are there that it needs.
func lookInto(t *testing.T, file string, machine elf.Machine) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	there, needed := map[string]bool{}, map[string]string{}
	for archive := tar.NewReader(plain); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		there[path.Base(h.Name)] = true
		if h.Mode&0o6000 != 0 || h.Uid != 0 || h.Gid != 0 || h.Uname != "" {
			t.Errorf("%s has the mode %o, and is of %d (%s)", h.Name, h.Mode, h.Uid, h.Uname)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		program, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			continue // it is none
		}
		libraries, err := program.ImportedLibraries()
		if err != nil || program.Machine != machine {
			t.Errorf("%s is for %s, %v", h.Name, program.Machine, err)
		}
		for _, name := range libraries {
			needed[name] = h.Name
		}
	}
	for name, by := range needed {
		if !there[name] {
			t.Errorf("there is no %s, which %s needs", name, by)
		}
	}
}
