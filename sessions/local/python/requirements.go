package python

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	_ "embed" // for requirements.txt
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

const (
	// embeddedVersion and embeddedBuild are those of the interpreter in
	// github.com/kluctl/go-embed-python at the version in go.mod.
	embeddedVersion = "3.14.6"
	embeddedBuild   = "20260610-1"

	// layout is the version of the layout of installations. It changes with the way
	// in which they are laid out and trimmed, so that another layout has another key.
	layout = 4
)

//go:embed requirements.txt
var requirements []byte

// A recipe says what to install.
type recipe struct {
	requirements []byte   // in pip's format, with hashes
	imports      []string // modules that must be importable in the end
	space        uint64   // bytes of disk that it takes, at the most
	environ      []string // pip's settings, as variables of the environment
	loader       []string // the command before the interpreter, see [Options]

	extract func(dir string) error // writes the interpreter
}

// standard is the recipe of the embedded interpreter.
func standard() recipe {
	return recipe{
		requirements: requirements,
		imports:      []string{"IPython", "numpy", "pandas", "matplotlib.pyplot"},
		space:        2_500_000_000,
		environ:      os.Environ(),
		extract:      extractInterpreter,
	}
}

// key names the installation that r makes on this platform.
func (r recipe) key() string {
	h := sha256.New()
	fmt.Fprintf(h, "layout %d, build %s\n%s\n", layout, embeddedBuild, finishScript+indexScript+indexModule)
	h.Write(r.requirements)
	sum := hex.EncodeToString(h.Sum(nil))
	return fmt.Sprintf("%s%s-%s-%s-%s", installationPrefix, embeddedVersion, runtime.GOOS, runtime.GOARCH, sum[:12])
}

// packages counts the packages of r.
func (r recipe) packages() int {
	return len(pins(bytes.NewReader(r.requirements)))
}

// pins returns the lines of a requirements file that name a package.
func pins(requirements io.Reader) []string {
	var names []string
	lines := bufio.NewScanner(requirements)
	for lines.Scan() {
		line := strings.TrimSpace(strings.TrimSuffix(lines.Text(), `\`))
		if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "-") {
			names = append(names, line)
		}
	}
	return names
}

// Packages returns the locked packages of the embedded interpreter, such as
// "numpy==2.3.5". It reads no disk.
func Packages() []string { return named(requirements) }

// Added returns what a file of --packages has, and the packages that it locks as
// [Packages] does.
func Added(path string) (text []byte, packages []string, err error) {
	r, err := readRequirements(path)
	return r.text, named(r.text), err
}

func named(requirements []byte) []string {
	locked := pins(bytes.NewReader(requirements))
	for i, pin := range locked {
		locked[i], _, _ = strings.Cut(strings.TrimSpace(pin), " ")
	}
	return locked
}

// Locked returns the major and minor version of a package in the lock, such as
// "2.3", or "" if the embedded interpreter does not have it. It reads no disk.
func Locked(name string) string {
	for _, pin := range pins(bytes.NewReader(requirements)) {
		locked, version, _ := strings.Cut(strings.TrimSpace(pin), "==")
		if parts := strings.SplitN(version, ".", 3); locked == name && len(parts) > 1 {
			return parts[0] + "." + parts[1]
		}
	}
	return ""
}
