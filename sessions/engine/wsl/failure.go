package wsl

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"dynamic-sessions-mcp/sessions/brief"
)

// enableWSL is what most of its failures need.
const enableWSL = "run wsl --install --no-distribution as an administrator, and restart Windows"

// remedies are what to do about failures, by what wsl.exe says in every language: codes,
// addresses and options. The first that matches is taken. The codes are those of wslutil.cpp, the
// texts those of Resources.resw; 0x80370102 is HCS_E_HYPERV_NOT_INSTALLED, as versions before 1.0 write it.
var remedies = []struct{ said, why string }{
	{"HCS_E_HYPERV_NOT_INSTALLED", noVirtualization},
	{"0x80370102", noVirtualization},
	{"aka.ms/enablevirtualization", noVirtualization},
	{"WSL_E_VIRTUAL_MACHINE_PLATFORM_REQUIRED", "the Virtual Machine Platform of Windows is missing: " + enableWSL},
	{"HCS_E_SERVICE_NOT_AVAILABLE", "the Virtual Machine Platform of Windows is missing or off: " + enableWSL},
	{"WSL_E_WSL_OPTIONAL_COMPONENT_REQUIRED", "it is not installed whole: " + enableWSL},
	{"WSL_E_CUSTOM_KERNEL_NOT_FOUND", "the file .wslconfig in your folder names a kernel that is not there: leave out its line kernel="},
	{"aka.ms/wsl2kernel", "its kernel is missing: run wsl --update"},
	{"WSL_E_WSL2_NEEDED", onlyWSL1},
	{"WSL_E_VM_MODE_NOT_SUPPORTED", onlyWSL1},
	{"WSL_E_OS_NOT_SUPPORTED", "this Windows is too old for it: update Windows"},
	{"WSL_E_LOCAL_SYSTEM_NOT_SUPPORTED", "the account of the system cannot use it: start this as an ordinary user"},
	{"CreateVm/MountVhd/", "its own files are missing: run wsl --update"},
	{"/ERROR_ALREADY_EXISTS", "another server may be making the distribution: try again in a minute, or remove it with wsl --unregister " + distribution},
	{"ERROR_DISK_FULL", fullDisk},
	{"0x80070070", fullDisk},
	{"No space left on device", fullDisk},
	{"--no-distribution", "it is not installed: " + enableWSL},
	{"wsl.exe --install'", "it is not installed: " + enableWSL},
	{"wsl.exe [", "it is too old, or not installed: run wsl --update, or else " + enableWSL},
}

const (
	noVirtualization = "virtualization is off: turn it on in the firmware (BIOS, UEFI) of this computer, " + enableWSL
	onlyWSL1         = "only WSL 1 is there, and the sandboxes need WSL 2: " + enableWSL
	fullDisk         = "the disk is full: free 3 GB on the disk of your cache folder"
)

// remedy returns what is wrong and what to do, "" if that is not known.
func remedy(said string) string {
	for _, r := range remedies {
		if strings.Contains(said, r.said) {
			return r.why
		}
	}
	return ""
}

// explain returns the error of a command of wsl.exe for people, nil if err is nil.
func explain(ctx context.Context, what, said string, err error) error {
	switch why := remedy(said); {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("there is no command %s: it comes with Windows 10 2004 and newer; %s", executable, enableWSL)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	case why != "":
		return fmt.Errorf("%s: %s", what, why)
	}
	return fmt.Errorf("%s: %s. See what wsl --status says, and try wsl --update", what, brief.Said(said, err))
}

// gone reports whether wsl.exe has found no distribution of the name.
func gone(said string) bool { return strings.Contains(said, "WSL_E_DISTRO_NOT_FOUND") }

// lostDisk reports whether the disk of the distribution is gone or cannot be read. The
// disks of WSL itself are mounted with CreateVm.
func lostDisk(said string) bool {
	missing := strings.Contains(said, "/MountVhd/") && (strings.Contains(said, "ERROR_FILE_NOT_FOUND") || strings.Contains(said, "ERROR_PATH_NOT_FOUND"))
	return missing && !strings.Contains(said, "CreateVm/") || strings.Contains(said, "WSL_E_DISK_CORRUPTED")
}

// taken reports whether there is a distribution of the name that this process has not made.
func taken(said string) bool { return strings.Contains(said, "/ERROR_ALREADY_EXISTS") }

// full reports whether a disk is.
func full(said string) bool { return remedy(said) == fullDisk }
