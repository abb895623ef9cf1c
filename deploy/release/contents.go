package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const licenseFile = "LICENSE"

// contents are the programs of a package, with the license: the one of the target and,
// if that is not Linux, the one for Linux, which it runs in a container (serve --engine).
// It looks for that beside itself.
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
