package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const licenseFile = "LICENSE"

// contents are what a package has in one folder, with the license: the program of the
// target; if that is not Linux, the one for Linux too, which it runs in a container or in
// WSL (serve --engine); and on Windows the base system that WSL takes. It looks for both
// beside itself.
func (r release) contents(t target) (programs []file, license []byte, err error) {
	binary, err := os.ReadFile(r.binary)
	if err != nil {
		return nil, nil, err
	}
	programs = []file{{t.executable(), binary, 0o755}}
	if t.system != "linux" {
		name := program + "-linux-" + t.processor
		linux, err := os.ReadFile(filepath.Join(r.linux, name))
		if err != nil {
			return nil, nil, fmt.Errorf("%w; -linux names the folder of the programs for Linux", err)
		}
		programs = append(programs, file{name, linux, 0o755})
	}
	if t.system == "windows" && r.system != "" {
		name := program + "-system-linux-" + t.processor + ".tar.gz"
		system, err := os.ReadFile(filepath.Join(r.system, name))
		if err != nil {
			return nil, nil, fmt.Errorf("%w; deploy/base-system makes it", err)
		}
		programs = append(programs, file{name, system, 0o644})
	}
	license, err = os.ReadFile(licenseFile)
	return programs, license, err
}

// inFolder are files in a folder.
func inFolder(folder string, files []file) []file {
	in := make([]file, len(files))
	for i, f := range files {
		in[i] = file{folder + "/" + f.name, f.data, f.mode}
	}
	return in
}
