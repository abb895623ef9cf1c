package doctor

import (
	"context"
	"fmt"
	"os"
	"strings"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions/engine"
)

// checksContained are the checks for sandboxes in a container, or in WSL, that the server
// starts.
func (d *examination) checksContained() []check {
	return []check{
		{"engine", d.engine, true},
		{"program", d.program, true},
		{"pool", d.interpreter, true},
		{"session", d.session, true},
		{"network", d.network, false},
		{"files", d.files, false},
		{"folders", d.folders, false},
		{"results", d.results, false},
	}
}

// engine says of each engine whether it can be used.
func (d *examination) engine(ctx context.Context) (string, error) {
	kinds := d.Config.Containers()
	found := engine.ProbeAll(ctx, kinds)
	used, err := engine.Pick(kinds, found)
	if err != nil {
		return "", err
	}
	d.engineUsed = used
	said := []string{used.Name() + " answers, and is used"}
	for i, kind := range kinds {
		switch {
		case kind == used:
		case found[i] != nil:
			said = append(said, found[i].Error())
		default:
			said = append(said, kind.Name()+" answers too (--engine="+string(kind)+")")
		}
	}
	return strings.Join(said, "; "), nil
}

// program looks at the Linux program, and for WSL at the system around it.
func (d *examination) program(context.Context) (string, error) {
	path, err := backend.EngineProgram(d.Config.Engines.EngineBinary)
	if err != nil {
		return "", err
	}
	if err := engine.CheckProgram(path); err != nil || d.engineUsed != engine.WSL {
		return path, err
	}
	system := backend.EngineSystem(d.Config.Engines.EngineImage, path)
	if _, err := os.Stat(system); err != nil {
		return "", fmt.Errorf("the system for the distribution of WSL is missing: %w; take it from the release of this version, and put it there or name it with --engine-image", err)
	}
	return path + ", in " + system, nil
}
