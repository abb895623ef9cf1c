package engine

import (
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// CheckProgram returns what is wrong with the Linux program of a path, and what to do: it
// is not there, or not for the processor of this machine.
func CheckProgram(path string) error {
	const remedy = "take it from the release of this version, and put it there or name it with --engine-binary"
	file, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("the Linux program for the sessions is missing or broken: %w; %s", err, remedy)
	}
	defer file.Close()
	if want := machineOf[runtime.GOARCH]; file.Machine != want {
		return fmt.Errorf("%s is for another processor (%s, and this one is %s); %s", path, file.Machine, want, remedy)
	}
	return nil
}

// machineOf is how programs of Linux name the processors.
var machineOf = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// tagOf names the image of a program over a base image.
func tagOf(program, base string) (string, error) {
	f, err := os.Open(program)
	if err != nil {
		return "", fmt.Errorf("the Linux program for the sessions: %w. Take it from the release of this version, and name it with --engine-binary", err)
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("the Linux program for the sessions: %w", err)
	}
	_, _ = io.WriteString(sum, base)
	return fmt.Sprintf("%s:%x", repository, sum.Sum(nil)[:8]), nil
}

// copyProgram copies a program, which may then be started.
func copyProgram(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}
