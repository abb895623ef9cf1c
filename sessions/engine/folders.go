package engine

import (
	"context"
	"encoding/csv"
	"os"
	"runtime"
	"slices"
	"strings"
)

// foldersDir is where the program finds the user's folders in a container.
const foldersDir = "/host/"

// A Folder is a folder of the user that the program sees in its container, read-only.
type Folder struct {
	Host string // its path on this system, absolute
	Name string // by which code knows it, and which no other folder has
}

// inside is its path in the container.
func (f Folder) inside() string { return foldersDir + f.Name }

// there reports whether there is such a folder: engines refuse others, or make them.
func (f Folder) there() bool {
	info, err := os.Stat(f.Host)
	return err == nil && info.IsDir()
}

// mount describes it for --mount, which takes a line of CSV.
func (f Folder) mount() string {
	var line strings.Builder
	fields := csv.NewWriter(&line)
	_ = fields.Write([]string{"type=bind", "source=" + f.Host, "target=" + f.inside(), "readonly"})
	fields.Flush()
	return strings.TrimSuffix(line.String(), "\n")
}

// ShowsFolders reports whether containers of an engine can show folders of this system.
func (k Kind) ShowsFolders() bool {
	return slices.Contains([]Kind{Docker, Podman, Nerdctl, Container}, k)
}

// foldersToShow returns the folders that a container is to show, after it has found out
// whether the engine shows folders of this system as this user sees them.
func (e *Engine) foldersToShow(ctx context.Context) []Folder {
	if len(e.opts.Folders) == 0 || e.unseen != "" {
		return nil
	}
	if e.unseen = e.cannotShow(ctx); e.unseen != "" {
		return nil
	}
	return e.opts.Folders
}

// WithoutFolders has the next starts show no folders of the user, after one that failed
// for a reason. It reports whether that one was to show some.
func (e *Engine) WithoutFolders(why error) bool {
	if e.shown == nil {
		return false
	}
	e.shown, e.unseen = nil, why.Error()
	return true
}

// Unseen is why the last start shows no folders of the user, within a sentence; "" if it
// does, or if there are none.
func (e *Engine) Unseen() string { return e.unseen }

// cannotShow is why containers of the engine cannot show folders of this system, within a
// sentence, or would show more of them than this user may see; "" if they can.
func (e *Engine) cannotShow(ctx context.Context) string {
	switch e.kind {
	case Docker:
		// A command with another daemon would show the folders of that machine.
		at, err := e.output(ctx, []string{"context", "inspect", "--format", "{{.Endpoints.docker.Host}}"})
		if at = strings.TrimSpace(at); err == nil && !strings.HasPrefix(at, "unix://") && !strings.HasPrefix(at, "npipe://") {
			return "Docker runs on another machine"
		}
	case Podman:
		if os.Getenv("CONTAINER_HOST") != "" || os.Getenv("CONTAINER_CONNECTION") != "" {
			return "Podman runs on another machine"
		}
		return ""
	}
	if runtime.GOOS != "linux" || os.Geteuid() == 0 || e.kind == Container {
		return ""
	}
	if options, err := e.output(ctx, []string{"info", "--format", "{{.SecurityOptions}}"}); err == nil && strings.Contains(options, "rootless") {
		return ""
	}
	return e.kind.Name() + " runs as root, and a container of it would show files that you may not read"
}
