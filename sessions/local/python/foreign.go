package python

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed" // for foreign.py
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// oldestForeign is the oldest Python 3 that a session can run on.
const oldestForeign = 10

//go:embed foreign.py
var foreignScript string

// A description is what foreign.py prints.
type description struct {
	Version        string   `json:"version"`
	Info           [2]int   `json:"info"`
	Implementation string   `json:"implementation"`
	Executable     string   `json:"executable"`
	Prefixes       []string `json:"prefixes"` // two of its own, then two of the Python it was made from
	Folders        []string `json:"folders"`  // of packages and modules
	IPython        string   `json:"ipython"`
	Packages       []string `json:"packages"`
}

// Foreign returns the interpreter at path, such as that of a virtual environment. It
// runs it once to check that it is CPython 3.10 or newer and has IPython. Sessions do
// not see packages in the user's home folder (pip install --user) or in folders
// outside the environment (pip install --editable).
//
// The error says what is wrong with the interpreter, or is that of ctx. Closing the
// interpreter does nothing.
func Foreign(ctx context.Context, path string) (*Interpreter, error) {
	file, err := foreignFile(path)
	if err != nil {
		return nil, err
	}
	d, err := describe(ctx, file)
	if err != nil {
		return nil, err
	}
	if err := d.check(file); err != nil {
		return nil, err
	}
	if d.Prefixes[0] == d.Prefixes[2] {
		// Without a virtual environment the path of the call does not matter, and
		// the parts of the interpreter are next to the file itself.
		if resolved, err := filepath.EvalSymlinks(d.Executable); err == nil {
			d.Executable = resolved
		}
	}
	binds, err := foreignBinds(d)
	if err != nil {
		return nil, err
	}
	return &Interpreter{
		Version:    d.Version,
		Executable: d.Executable,
		Home:       filepath.Clean(d.Prefixes[0]),
		Binds:      binds,
		Key:        d.key(),
	}, nil
}

// foreignFile returns the absolute path of the file that the user means.
func foreignFile(path string) (string, error) {
	if path == "" {
		return "", fmt.Errorf("%w: no path was given; name a file such as /home/me/venv/bin/python", errForeign)
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && filepath.Base(path) == path {
		if found, lookErr := exec.LookPath(path); lookErr == nil {
			path = found
			info, err = os.Stat(path)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("%w: there is no file %s; name the interpreter itself, such as /home/me/venv/bin/python", errForeign, path)
	case err != nil:
		return "", fmt.Errorf("%w: %w", errForeign, err)
	case info.IsDir():
		return "", fmt.Errorf("%w: %s is a folder; name the interpreter in it, perhaps %s", errForeign, path, filepath.Join(path, "bin", "python"))
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errForeign, err)
	}
	return path, nil
}

// describe runs foreign.py on the interpreter at file.
func describe(ctx context.Context, file string) (description, error) {
	deadline, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	p := process{path: file, args: []string{"-I", "-B", "-W", "ignore", "-c", foreignScript}, env: foreignEnvironment(os.Environ())}
	text, err := p.output(deadline, 4<<20)
	switch {
	case ctx.Err() != nil:
		return description{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return description{}, fmt.Errorf("%w: %s did not respond within 30 seconds", errForeign, file)
	case errors.Is(err, fs.ErrPermission):
		return description{}, fmt.Errorf("%w: %s is not executable; run: chmod +x %s", errForeign, file, file)
	case err != nil && !exited(err):
		return description{}, fmt.Errorf("%w: %s does not start: %w", errForeign, file, err)
	case err != nil:
		return description{}, fmt.Errorf("%w: %s failed with %w: %s", errForeign, file, err, clip(lastLine(text)))
	}
	var d description
	if err := json.Unmarshal(bytes.TrimSpace([]byte(text)), &d); err != nil || len(d.Prefixes) != 4 || !filepath.IsAbs(d.Executable) {
		return description{}, fmt.Errorf("%w: %s does not behave like Python", errForeign, file)
	}
	return d, nil
}

// foreignEnvironment returns environ without the variables that change which Python
// runs.
func foreignEnvironment(environ []string) []string {
	var env []string
	for _, variable := range environ {
		if !strings.HasPrefix(variable, "PYTHON") && !strings.HasPrefix(variable, "__PYVENV") {
			env = append(env, variable)
		}
	}
	return env
}

// check says what is wrong with the interpreter at file.
func (d description) check(file string) error {
	switch {
	case d.Implementation != "cpython":
		return fmt.Errorf("%w: %s is %.40s; sessions need CPython", errForeign, file, d.Implementation)
	case d.Info[0] != 3 || d.Info[1] < oldestForeign:
		return fmt.Errorf("%w: %s is Python %.40s; sessions need 3.%d or newer", errForeign, file, d.Version, oldestForeign)
	case d.IPython == "":
		return fmt.Errorf("%w: %s has no IPython; run: %s -m pip install ipython matplotlib-inline", errForeign, file, file)
	}
	return nil
}

// key names the interpreter and its packages.
func (d description) key() string {
	h := sha256.New()
	fmt.Fprintln(h, d.Executable, d.Prefixes, d.Folders)
	for _, p := range d.Packages {
		fmt.Fprintln(h, p)
	}
	// An upgrade of the interpreter itself replaces its file.
	if info, err := os.Stat(d.Executable); err == nil {
		fmt.Fprintln(h, info.Size(), info.ModTime().UnixNano())
	}
	return fmt.Sprintf("foreign-%s-%s", d.Version, hex.EncodeToString(h.Sum(nil))[:12])
}
