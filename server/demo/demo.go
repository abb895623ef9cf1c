// Package demo plays a whole conversation against the real server. Like an MCP
// client it starts this program as a subprocess that serves MCP over standard
// input and output, calls its tools as an agent would, shows what comes back and
// checks it.
//
// Each [scenario] is one thing that an agent does (scenarios.go, analyst.go).
// agent.go talks to the server, answer.go reads its answers, screen.go shows both
// and counts what was right. Nothing is faked: the answers come from Python in the
// sandbox, images are decoded, and downloads are compared byte for byte with the
// files of the session.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options are what a demonstration needs.
type Options struct {
	// Flags are those that the server is started with, beside its own.
	Flags []string
	// Out is the folder for images and downloads. It is created if it does not
	// exist; if it is not empty, a new folder is created inside it, so that
	// nothing is overwritten. "" means a new temporary folder.
	Out string
	// Show gets the conversation, Log everything beside it: progress and the log
	// of the server.
	Show, Log io.Writer

	command string // the program to start
}

// limit is how long the whole demonstration may take. The first one on a machine
// installs packages.
const limit = 30 * time.Minute

// Run plays the conversation. Its error says that answers were wrong; Show has
// which ones.
func Run(ctx context.Context, opts Options) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	begin := time.Now()
	opts, err := opts.complete()
	if err != nil {
		return err
	}
	s := &screen{to: opts.Show}
	s.printf("Starting this program as an MCP server and talking to it as an agent would.\n")
	s.printf("Images and downloads go to %s\n", opts.Out)

	d := &demo{opts: opts, screen: s}
	if d.agent, err = startAgent(ctx, opts); err != nil {
		return err
	}
	s.printf("\n%s\nIts tools: %s\n", d.agent.greeting, strings.Join(d.agent.tools, ", "))
	d.play(ctx)
	err = d.agent.close()
	if d.other != nil {
		err = errors.Join(err, d.other.close())
	}
	s.heading("Summary")
	if err != nil {
		s.wrong("the server did not shut down cleanly: %v", err)
	}
	return s.summary(opts.Out, time.Since(begin))
}

func (o Options) complete() (Options, error) {
	var err error
	if o.Out, err = outFolder(o.Out); err != nil {
		return o, fmt.Errorf("the folder for images and downloads: %w", err)
	}
	// The server resolves links, so the folder must have its real name.
	if o.Out, err = filepath.EvalSymlinks(o.Out); err != nil {
		return o, err
	}
	o.Log = &lockedWriter{to: o.Log} // both servers and their progress go there
	if o.command, err = os.Executable(); err != nil {
		return o, fmt.Errorf("finding this program: %w", err)
	}
	return o, nil
}

// A demo is one demonstration.
type demo struct {
	opts   Options
	screen *screen
	agent  *agent
	other  *agent // another conversation, started once the first one runs
}

// play plays the scenarios in order until the server fails altogether: a wrong
// answer is no reason to stop, a missing one is.
func (d *demo) play(ctx context.Context) {
	for _, s := range scenarios {
		d.screen.heading(s.title)
		err := s.play(ctx, d)
		switch {
		case err == nil:
		case errors.Is(err, errNoAnswer):
			d.screen.wrong("%v", err)
			d.screen.printf("  The conversation cannot continue.\n")
			return
		default:
			d.screen.wrong("%v", err)
		}
	}
}

// path is where a file of the demonstration is on this machine.
func (d *demo) path(name string) string { return filepath.Join(d.opts.Out, name) }

// outFolder returns the folder dir if it is new or empty, otherwise a new folder
// inside it.
func outFolder(dir string) (string, error) {
	const pattern = "dynamic-sessions-demo-*"
	if dir == "" {
		return os.MkdirTemp("", pattern)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		return dir, err
	}
	return os.MkdirTemp(dir, pattern)
}

// write writes a new file of the demonstration; it is an error if it exists.
func (d *demo) write(name string, data []byte) (path string, err error) {
	path = d.path(name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	return path, errors.Join(err, file.Close())
}
