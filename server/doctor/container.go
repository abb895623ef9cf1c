package doctor

import (
	"context"
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
		{"mounts", d.mounts, false},
		{"network", d.network, false},
		{"files", d.files, false},
		{"folders", d.folders, false},
		{"results", d.results, false},
	}
}

// engine says of each engine whether it can be used.
func (d *examination) engine(ctx context.Context) (string, error) {
	kinds := d.Config.Containers()
	program, err := backend.EngineProgram(d.Config.Engines.EngineBinary)
	if err != nil {
		return "", err
	}
	found := engine.ProbeAll(ctx, kinds, backend.EngineSystem(d.Config.Engines.EngineImage, program))
	used, err := engine.Pick(kinds, found)
	if err != nil {
		return "", err
	}
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

// program looks at the Linux program that is started.
func (d *examination) program(context.Context) (string, error) {
	path, err := backend.EngineProgram(d.Config.Engines.EngineBinary)
	if err != nil {
		return "", err
	}
	return path, engine.CheckProgram(path)
}
