package engine

import (
	"context"
	"encoding/csv"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
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

// look returns what is there; nil if that is no folder: engines refuse it, or make one.
func (f Folder) look() os.FileInfo {
	if info, err := os.Stat(f.Host); err == nil && info.IsDir() {
		return info
	}
	return nil
}

// A shownFolder is a folder as it was when a container was started.
type shownFolder struct {
	Folder
	info os.FileInfo // nil if it was not there
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
func (e *Engine) foldersToShow(ctx context.Context) (shown []shownFolder) {
	if len(e.opts.Folders) == 0 || e.unseen != "" {
		return nil
	}
	if e.unseen = e.cannotShow(ctx); e.unseen != "" {
		return nil
	}
	for _, f := range e.opts.Folders {
		shown = append(shown, shownFolder{f, f.look()})
	}
	return shown
}

// WithoutFolders has the next starts show no folders of the user, after one that failed
// for a reason. It reports whether that one was to show some. If the next start fails too,
// the folders were not what was wrong, and those after it are to show them again.
func (e *Engine) WithoutFolders(why error) bool {
	if e.shown == nil {
		e.blameless()
		return false
	}
	e.shown, e.unseen, e.refused = nil, why.Error(), true
	return true
}

// blameless has later starts show the folders again that a start has done without.
func (e *Engine) blameless() {
	if e.refused {
		e.unseen, e.refused = "", false
	}
}

// Unseen returns a function that says, within a sentence, why the container of the last
// start does not show all of the user's folders as they are; "" if it does. The function
// looks at them, for a moment at most, and may be called concurrently.
func (e *Engine) Unseen() func() string {
	if e.unseen != "" {
		why := e.unseen
		return func() string { return why }
	}
	shown, looking := e.shown, &sync.Mutex{}
	return func() string {
		if !looking.TryLock() {
			return "" // the other call says it
		}
		found := make(chan string, 1)
		// Nobody can stop it: a file server may not answer.
		go func() {
			why := changed(shown)
			looking.Unlock() // before it is told, so that the next call looks again
			found <- why
		}()
		late := time.NewTimer(lookTime)
		defer late.Stop()
		select {
		case why := <-found:
			return why
		case <-late.C:
			return ""
		}
	}
}

// lookTime is how long a call waits for a look at the user's folders.
const lookTime = time.Second

// changed says which folder is another than the container shows.
func changed(shown []shownFolder) string {
	for _, s := range shown {
		if now := s.look(); now != nil && (s.info == nil || !os.SameFile(s.info, now)) {
			return s.Host + " was made, or has replaced another folder, after their container was started"
		}
	}
	return ""
}

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
