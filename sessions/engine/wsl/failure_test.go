package wsl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What wsl.exe says in any language is told with what to do.
func TestExplain(t *testing.T) {
	t.Parallel()
	failure := errors.New("exit status 0xffffffff")
	for said, want := range map[string]string{
		"Das Windows-Subsystem für Linux ist nicht installiert. Ausführen: 'wsl.exe --install'\n":                           "run wsl --install --no-distribution as an administrator",
		"Install it by running: wsl.exe --install --no-distribution\nError code: Wsl/WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED": "it is not installed whole: run wsl --install --no-distribution",
		"Error code: Wsl/Service/RegisterDistro/CreateVm/HCS/HCS_E_HYPERV_NOT_INSTALLED":                                    "virtualization is off: turn it on in the firmware",
		"Error: 0x80370102 Die virtuelle Maschine konnte nicht gestartet werden":                                            "virtualization is off",
		"WSL 2 benötigt ein Update der Kernelkomponente. https://aka.ms/wsl2kernel":                                         "its kernel is missing: run wsl --update",
		"Error code: Wsl/Service/WSL_E_WSL2_NEEDED":                                                                         "only WSL 1 is there, and the sandboxes need WSL 2",
		"Error code: Wsl/Service/CreateInstance/CreateVm/MountVhd/HCS/ERROR_FILE_NOT_FOUND":                                 "its own files are missing: run wsl --update",
		"x: Can't create: No space left on device\nError code: Wsl/Service/RegisterDistro/WSL_E_IMPORT_FAILED":              "the disk is full: free 3 GB",
		"Error code: Wsl/Service/RegisterDistro/ERROR_ALREADY_EXISTS":                                                       "wsl --unregister dynamic-sessions-mcp",
		"Usage: wsl.exe [Argument] [Options...] [CommandLine]":                                                              "it is too old, or not installed: run wsl --update",
		"Etwas anderes.\r\nError code: Wsl/E_FAIL\r\n":                                                                      "WSL: Etwas anderes. Error code: Wsl/E_FAIL. See what wsl --status says, and try wsl --update",
		"": "WSL: exit status 0xffffffff. See",
	} {
		if err := explain(t.Context(), "WSL", said, failure); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", said, err, want)
		}
	}
	if err := explain(t.Context(), "WSL", "", fmt.Errorf("starting: %w", exec.ErrNotFound)); !strings.Contains(err.Error(), "there is no command wsl.exe") {
		t.Error(err)
	}
	late, cancel := within(t.Context(), 0)
	defer cancel()
	if err := explain(late, "WSL", "", failure); !strings.Contains(err.Error(), "WSL: it has not answered within 0s: run wsl --shutdown") {
		t.Error(err)
	}
	if err := explain(t.Context(), "WSL", "No space left on device", nil); err != nil {
		t.Error(err)
	}
}

// The distribution is made again if its disk is lost, and not if one of WSL's is.
func TestLostDisk(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]bool{
		"Error code: Wsl/Service/CreateInstance/MountVhd/HCS/ERROR_FILE_NOT_FOUND":          true,
		"Error code: Wsl/Service/CreateInstance/MountVhd/HCS/ERROR_PATH_NOT_FOUND":          true,
		"Error code: Wsl/Service/CreateInstance/WSL_E_DISK_CORRUPTED":                       true,
		"Error code: Wsl/Service/CreateInstance/CreateVm/MountVhd/HCS/ERROR_FILE_NOT_FOUND": false,
		"Error code: Wsl/Service/CreateInstance/MountVhd/HCS/E_ACCESSDENIED":                false,
		"Error code: Wsl/ERROR_FILE_NOT_FOUND":                                              false,
	} {
		if got := lostDisk(said); got != want {
			t.Errorf("%s: %v", said, got)
		}
	}
}

// fakeCommand puts a wsl.exe into PATH.
func fakeCommand(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, executable), []byte("#!/bin/sh\ncd "+dir+"\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	return dir
}

// TestProbe looks at what a command says, and how it ends.
func TestProbe(t *testing.T) {
	for script, want := range map[string]string{
		"echo Default Version: 2": "",
		"echo 'Please enable the \"Windows Subsystem for Linux\" optional component to use WSL1.'": "",
		"echo https://aka.ms/enablevirtualization":                                                 "WSL does not work: virtualization is off",
		"echo \"run 'wsl.exe --install'.\"; exit 50":                                               "WSL does not work: it is not installed",
		"printf 'n\\0o\\0.\\0\\n\\0'; exit 1":                                                      "WSL does not work: no. See what",
		"echo \"or 'wsl.exe --install'\"; exec sleep 60":                                           "WSL does not work: it is not installed",
	} {
		fakeCommand(t, script)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if err := Probe(ctx); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", script, err, want)
		}
		cancel()
	}
	fakeCommand(t, "exec sleep 60")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := Probe(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestRemove asserts that a program is killed which has not ended with its command, in a
// distribution that runs.
func TestRemove(t *testing.T) {
	for _, test := range []struct {
		script, list string
		kills        bool
	}{
		{"exit 0", distribution, false},
		{"exit 1", distribution, true},
		{"kill -KILL $$", "Ubuntu\n" + distribution, true},
		{"exit 1", "Ubuntu", false},
	} {
		dir := fakeCommand(t, `echo "$*" >>calls
case "$1" in --list) cat list; exit ;; esac
case "$*" in *end\ SESSIONS_POOL=ID) exit ;; esac
`+test.script)
		if err := os.WriteFile(filepath.Join(dir, "list"), []byte(test.list+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &Distribution{id: "ID", last: exec.Command(executable)}
		_ = d.last.Run()
		d.Remove(t.Context())
		calls, err := os.ReadFile(filepath.Join(dir, "calls"))
		if got := strings.Contains(string(calls), "end SESSIONS_POOL=ID"); err != nil || got != test.kills {
			t.Errorf("%q, %q: %v\n%s", test.script, test.list, err, calls)
		}
	}
	(&Distribution{}).Remove(t.Context()) // nothing was started
}
