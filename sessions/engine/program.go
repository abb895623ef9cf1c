package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
)

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
