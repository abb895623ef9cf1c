package about

import (
	"cmp"
	"encoding/json"
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
	Sandbox bool   // gVisor is built in

	revision  string // of the source, "" if unknown
	modified  bool   // the source had other changes than those of the revision
	time      string // of the revision, in RFC 3339; "" if unknown
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

// ReadBuild reads what the go command wrote into the program: the version of a build
// from a repository is the tag of its commit.
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
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.modified":
			b.modified = s.Value == "true"
		case "vcs.time":
			b.time = s.Value
		}
	}
	for _, m := range info.Deps {
		switch m.Path {
		case gvisorModule:
			b.gvisor, b.Sandbox = m.Version, true
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
	revision := cmp.Or(b.revision, "unknown")
	if b.modified {
		revision += " with changes"
	}
	if b.time != "" {
		revision += " of " + b.time
	}
	_, err := fmt.Fprintf(to, "%s %s\nrevision %s\ngo       %s %s/%s\ngvisor   %s\npython   %s\n",
		Name, b.Version, revision, strings.TrimPrefix(b.goVersion, "go"), runtime.GOOS, runtime.GOARCH,
		orNone(b.gvisor), orNone(b.Python))
	return err
}

// WriteJSON prints the build for programs, with the engine and the level of isolation
// that sessions of this machine have: members that are unknown are "".
func (b Build) WriteJSON(to io.Writer, engine, level string) error {
	out := json.NewEncoder(to)
	out.SetIndent("", "  ")
	return out.Encode(struct {
		Version  string `json:"version"`
		Commit   string `json:"commit"`
		Modified bool   `json:"modified"`
		Date     string `json:"date"`
		Engine   string `json:"engine"`
		Level    string `json:"level"`
		Platform string `json:"platform"`
		Go       string `json:"go"`
		GVisor   string `json:"gvisor"`
		Python   string `json:"python"`
	}{b.Version, b.revision, b.modified, b.time, engine, level, runtime.GOOS + "/" + runtime.GOARCH,
		strings.TrimPrefix(b.goVersion, "go"), b.gvisor, b.Python})
}

// Date is the day of the source, such as 2026-07-01; "" if it is unknown.
func (b Build) Date() string {
	day, _, _ := strings.Cut(b.time, "T")
	return day
}

func orNone(version string) string {
	if version == "" {
		return "not built in"
	}
	return version
}
