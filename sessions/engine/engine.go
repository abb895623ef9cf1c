// Package engine runs the Linux program in a container, or in WSL, for systems that have
// no sandboxes of their own: argument lists for the commands of Docker, Podman, nerdctl and
// Apple's container, which are alike but not the same. Package wsl has WSL's.
//
//	e := engine.New(engine.Usual(runtime.GOOS), engine.Options{Program: path, Image: base, Args: args})
//	cmd, err := e.Start(ctx, doing) // with the first that answers; makes the image if it is not there
//	defer e.Remove(ctx)             // what a killed command may have left
//
// The image has the program over a base image with glibc. Its tag has a checksum of the
// program and the name of the base image, so that others have another image, and an image
// that is there is whole: engines name one only when it is. [Engine.RemoveOld] removes
// those of earlier programs. What sessions need beyond the program is kept in a volume,
// which all versions share: each removes what it no longer needs there by itself.
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"dynamic-sessions-mcp/sessions/brief"
	"dynamic-sessions-mcp/sessions/engine/wsl"
)

const (
	repository = "dynamic-sessions-mcp-engine"
	volume     = "dynamic-sessions-mcp"
	cacheDir   = "/cache"
	inImage    = "/usr/bin/dynamic-sessions-mcp"
)

// Options are what a container, or a distribution of WSL, is made of.
type Options struct {
	Program string // the path of the Linux program on this system
	Image   string // the base image, which has glibc 2.28 or newer
	// System, Dir and Lock are for WSL, and those of [wsl.Options].
	System string
	Dir    func() (string, error)
	Lock   func(ctx context.Context, path string) (unlock func() error, err error)
	// Memory is what the machine of the container has, in bytes, where each container
	// has a machine of its own.
	Memory int64
	Args   []string // of the program
	// Variables are the names of those in the environment of this process that the program
	// has too. Their values are no arguments, which others could read.
	Variables []string
	// Folders are those of the user that the program is to see, where the engine can
	// show them.
	Folders []Folder
}

// An Engine runs one program at a time. One goroutine may use it at a time.
type Engine struct {
	kinds []Kind
	kind  Kind // "" until one of them has answered
	opts  Options
	name  string // of the container
	tag   string // of the image of the last start
	wsl   *wsl.Distribution

	shown   []shownFolder // that the last start was to show; nil if it was to show none
	unseen  string        // why no start shows folders any more; "" if they do
	refused bool          // unseen is why a start failed that was to show some
}

// New returns an engine for one pool of this process: the first of these that answers,
// which is found out at the first start.
func New(kinds []Kind, o Options) *Engine {
	return &Engine{
		kinds: kinds, opts: o, name: fmt.Sprintf("%s-%d-%x", repository, os.Getpid(), time.Now().UnixNano()),
		wsl: wsl.New(wsl.Options{Program: o.Program, System: o.System, Dir: o.Dir, Lock: o.Lock, Args: o.Args, Variables: o.Variables}),
	}
}

// Start returns the command that runs the program, whose standard streams are the
// program's. It makes the image, or the distribution of WSL, if there is none, which doing
// is told. The error says what to do.
func (e *Engine) Start(ctx context.Context, doing func(string)) (_ *exec.Cmd, err error) {
	defer func() {
		if err != nil {
			e.blameless()
		}
	}()
	if err := e.choose(ctx); err != nil {
		return nil, err
	}
	if err := CheckProgram(e.opts.Program); err != nil {
		return nil, err
	}
	if e.kind == WSL {
		return e.wsl.Start(ctx, doing)
	}
	return e.startContainer(ctx, doing)
}

func (e *Engine) startContainer(ctx context.Context, doing func(string)) (*exec.Cmd, error) {
	tag, err := tagOf(e.opts.Program, e.opts.Image)
	if err != nil {
		return nil, err
	}
	if exec.CommandContext(ctx, string(e.kind), e.present(tag)...).Run() != nil {
		doing("making the image of the sessions for " + e.kind.Name() + ", which is done once")
		if err := e.build(ctx, tag); err != nil {
			return nil, err
		}
	}
	e.tag, e.shown = tag, e.foldersToShow(ctx)
	doing("starting a container of " + e.kind.Name())
	return exec.Command(string(e.kind), e.run(tag)...), nil
}

// Remove removes the container, or ends the program, if a command that was killed has left
// it.
func (e *Engine) Remove(ctx context.Context) {
	switch e.kind {
	case "":
		return
	case WSL:
		e.wsl.Remove(ctx)
		return
	}
	_ = exec.CommandContext(ctx, string(e.kind), e.remove()...).Run()
}

// choose finds the engine that is used from now on, or asks whether that is still there.
func (e *Engine) choose(ctx context.Context) error {
	if e.kind != "" {
		return e.kind.Probe(ctx)
	}
	var err error
	e.kind, err = first(ctx, e.kinds, e.opts.System)
	return err
}

// build makes the image. Nothing is left of one that fails but what the engine keeps.
func (e *Engine) build(ctx context.Context, tag string) (err error) {
	dir, err := os.MkdirTemp("", repository+"-*")
	if err != nil {
		return fmt.Errorf("making the image: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := copyProgram(e.opts.Program, filepath.Join(dir, "program")); err != nil {
		return fmt.Errorf("making the image: %w", err)
	}
	text := "FROM " + e.opts.Image + "\nCOPY program " + inImage + "\nENTRYPOINT [\"" + inImage + "\"]\n"
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o600); err != nil {
		return fmt.Errorf("making the image: %w", err)
	}
	if out, err := exec.CommandContext(ctx, string(e.kind), e.make(tag, dir)...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s could not make the image of the sessions from %s: %s. Fix that, or name another base image with --engine-image",
			e.kind.Name(), e.opts.Image, brief.Said(string(out), err))
	}
	return nil
}

func (e *Engine) present(tag string) []string { return []string{"image", "inspect", tag} }

func (e *Engine) make(tag, dir string) []string {
	return []string{"build", "--tag", tag, "--file", filepath.Join(dir, "Dockerfile"), dir}
}

// run gives the program a volume for what it installs, and of this system the user's
// folders. An image that was removed a moment ago is looked for nowhere else.
func (e *Engine) run(tag string) []string {
	args := []string{"run", "--rm", "--interactive", "--name", e.name, "--volume", volume + ":" + cacheDir}
	if e.kind == Container {
		args = append(args, "--memory", strconv.FormatInt(e.opts.Memory>>20, 10)+"M")
	} else {
		args = append(args, "--pull", "never")
	}
	if e.kind == Podman && len(e.shown) > 0 {
		// SELinux would have the folders relabelled before a container may read them.
		args = append(args, "--security-opt", "label=disable")
	}
	for _, name := range e.opts.Variables {
		args = append(args, "--env", name)
	}
	var folders []string
	for _, f := range e.shown {
		if f.info != nil {
			args = append(args, "--mount", f.mount())
		}
		folders = append(folders, "--allow-dir="+f.inside())
	}
	args = append(args, tag, "pool", "--stdio", "--cache-dir="+cacheDir)
	return slices.Concat(args, e.opts.Args, folders)
}

func (e *Engine) remove() []string {
	if e.kind == Container {
		return []string{"delete", "--force", e.name}
	}
	return []string{"rm", "--force", e.name}
}
