package main

import (
	"fmt"
	"strings"
)

// A target is a system with a processor, as everybody calls it.
type target struct {
	system, processor string // Go's names
	wheel             string // the platform tag of wheels
	npmOS, npmCPU     string // process.platform and process.arch of Node
}

// targets are all that the program is published for. Go 1.26 runs on macOS 12 and
// newer. The binary for Linux is static, and so fits any C library; a sandbox's
// interpreter needs glibc, which doctor says.
func targets() []target {
	return []target{
		{"linux", "amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64", "linux", "x64"},
		{"linux", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64", "linux", "arm64"},
		{"darwin", "amd64", "macosx_12_0_x86_64", "darwin", "x64"},
		{"darwin", "arm64", "macosx_12_0_arm64", "darwin", "arm64"},
		{"windows", "amd64", "win_amd64", "win32", "x64"},
		{"windows", "arm64", "win_arm64", "win32", "arm64"},
	}
}

// findTarget finds the target that Go calls "linux/amd64". What follows another slash
// or underscore is a variant of the processor.
func findTarget(name string) (target, error) {
	var all []string
	for _, t := range targets() {
		if name == t.system+"/"+t.processor || strings.HasPrefix(name, t.system+"_"+t.processor) {
			return t, nil
		}
		all = append(all, t.system+"/"+t.processor)
	}
	return target{}, fmt.Errorf("-target is %q and must be one of %s", name, strings.Join(all, ", "))
}

// executable is the name of the program's file.
func (t target) executable() string {
	if t.system == "windows" {
		return program + ".exe"
	}
	return program
}

// name is the target in names of files.
func (t target) name() string { return t.npmOS + "-" + t.npmCPU }
