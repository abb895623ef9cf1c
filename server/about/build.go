package about

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

// A Build says what this program was built from.
type Build struct {
	Version string // of the module, or "devel"
	Python  string // the interpreter that is built in, such as "3.14.6"; "" if none is

	revision  string // of the source, "" if unknown
	goVersion string
	gvisor    string // "" if it is not built in
}

// develVersion is the version of a program that was not built from a release.
const develVersion = "devel"

// Modules whose versions say what is built in.
const (
	gvisorModule = "gvisor.dev/gvisor"
	pythonModule = "github.com/kluctl/go-embed-python"
)

// ReadBuild reads what the linker wrote into the program.
func ReadBuild() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{Version: develVersion, goVersion: runtime.Version()}
	}
	return describeBuild(info)
}

func describeBuild(info *debug.BuildInfo) Build {
	b := Build{Version: develVersion, goVersion: info.GoVersion}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	modified := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if b.revision != "" && modified {
		b.revision += " with changes"
	}
	for _, m := range info.Deps {
		switch m.Path {
		case gvisorModule:
			b.gvisor = m.Version
		case pythonModule:
			b.Python = pythonVersion(m.Version)
		}
	}
	return b
}

// pythonVersion extracts Python's version from the module's, which has the form
// v0.0.0-3.14.6-20260610-1.
func pythonVersion(module string) string {
	if parts := strings.Split(module, "-"); len(parts) >= 2 {
		return parts[1]
	}
	return module
}

// Name names the build in a few words: its version, and of a build that is no release
// also its revision.
func (b Build) Name() string {
	if b.Version != develVersion || b.revision == "" {
		return b.Version
	}
	return b.Version + " (" + b.revision + ")"
}

// Write prints the build for people, a line for each part.
func (b Build) Write(to io.Writer) error {
	revision := b.revision
	if revision == "" {
		revision = "unknown"
	}
	_, err := fmt.Fprintf(to, "%s %s\nrevision %s\ngo       %s %s/%s\ngvisor   %s\npython   %s\n",
		Name, b.Version, revision, strings.TrimPrefix(b.goVersion, "go"), runtime.GOOS, runtime.GOARCH,
		orNone(b.gvisor), orNone(b.Python))
	return err
}

func orNone(version string) string {
	if version == "" {
		return "not built in"
	}
	return version
}
