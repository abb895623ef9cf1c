package server

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// build says what this program was made from.
type build struct {
	version  string // of the module, or "devel"
	revision string // of the source, "" if unknown
	goVersion,
	gvisor, python string
}

// Modules whose versions say what is built in.
const (
	gvisorModule = "gvisor.dev/gvisor"
	pythonModule = "github.com/kluctl/go-embed-python"
)

func readBuild() build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return build{version: "devel", goVersion: runtime.Version()}
	}
	return describeBuild(info)
}

func describeBuild(info *debug.BuildInfo) build {
	b := build{version: "devel", goVersion: info.GoVersion}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.version = v
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
			b.python = pythonVersion(m.Version)
		}
	}
	return b
}

// pythonVersion returns the version of Python in the module's, which is one of
// the form v0.0.0-3.14.6-20260610-1.
func pythonVersion(module string) string {
	if parts := strings.Split(module, "-"); len(parts) >= 2 {
		return parts[1]
	}
	return module
}

// version prints what this program is.
func (p program) version() error {
	b := readBuild()
	revision := b.revision
	if revision == "" {
		revision = "unknown"
	}
	_, err := fmt.Fprintf(p.std.Out, "%s %s\nrevision %s\ngo       %s %s/%s\ngvisor   %s\npython   %s\n",
		name, b.version, revision, strings.TrimPrefix(b.goVersion, "go"), runtime.GOOS, runtime.GOARCH,
		orNone(b.gvisor), orNone(b.python))
	return err
}

func orNone(version string) string {
	if version == "" {
		return "not built in"
	}
	return version
}
