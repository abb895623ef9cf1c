package engine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions/brief"
)

// ours matches the names of images that this package has made, one a line, as engines
// list them: with or without the place that an engine adds to names without one.
var ours = regexp.MustCompile(`(?m)^(?:localhost/|docker\.io/library/)?(` + repository + `:[0-9a-f]{16})\s*$`)

// RemoveOld removes the images of other programs and base images than those of the last
// start, and returns their names. It is for when a container of that start works, so that
// what worked before is there until then. The newest of them stays, since two versions of
// the program may be in use; images that a container uses stay, also one that has ended,
// and so do all that this package has not made. The error says which images the engine
// did not remove, and why.
func (e *Engine) RemoveOld(ctx context.Context) (removed []string, err error) {
	if e.tag == "" {
		return nil, nil
	}
	images, err := e.output(ctx, e.images())
	if err != nil {
		return nil, fmt.Errorf("listing the images of %s: %w", e.kind.Name(), err)
	}
	old := otherThan(e.tag, images)
	if len(old) < 2 {
		return nil, nil
	}
	containers, err := e.output(ctx, e.containers())
	if err != nil {
		return nil, fmt.Errorf("listing the containers of %s: %w", e.kind.Name(), err)
	}
	old = slices.DeleteFunc(old, func(tag string) bool { return strings.Contains(containers, tag) })
	for _, tag := range old[min(1, len(old)):] {
		// Without force: the engine refuses if a container was made meanwhile.
		if _, failed := e.output(ctx, e.removeImage(tag)); failed != nil {
			err = errors.Join(err, fmt.Errorf("removing %s: %w", tag, failed))
			continue
		}
		removed = append(removed, tag)
	}
	return removed, err
}

// otherThan returns the images of this package in a list, without the one that is used.
// Engines list the newest first.
func otherThan(used, list string) []string {
	var old []string
	for _, found := range ours.FindAllStringSubmatch(list, -1) {
		if found[1] != used && !slices.Contains(old, found[1]) {
			old = append(old, found[1])
		}
	}
	return old
}

// output runs a command of the engine. The error has what it said.
func (e *Engine) output(ctx context.Context, args []string) (string, error) {
	out, err := exec.CommandContext(ctx, string(e.kind), args...).Output()
	if err == nil {
		return string(out), nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", errors.New(brief.Said(string(exit.Stderr), err))
	}
	return "", err
}

// images lists all images by their names.
func (e *Engine) images() []string {
	if e.kind == Container {
		return []string{"image", "list", "--quiet"}
	}
	return []string{"image", "ls", "--format", "{{.Repository}}:{{.Tag}}"}
}

// containers lists all containers, with the names of their images in it.
func (e *Engine) containers() []string {
	if e.kind == Container {
		return []string{"list", "--all", "--format", "json"}
	}
	return []string{"container", "ls", "--all", "--no-trunc", "--format", "{{.Image}}"}
}

func (e *Engine) removeImage(tag string) []string {
	if e.kind == Container {
		return []string{"image", "delete", tag}
	}
	return []string{"image", "rm", tag}
}
