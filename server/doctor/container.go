package doctor

import (
	"context"
	"debug/elf"
	"fmt"
	"runtime"
	"strings"

	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/sessions/engine"
)

// checksContained are the checks for sandboxes in a container that the server starts.
func (d *examination) checksContained() []check {
	return []check{
		{"engine", d.engine, true},
		{"program", d.program, true},
		{"container", d.interpreter, true},
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
	found := engine.ProbeAll(ctx, kinds)
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

// program looks at the Linux program that goes into the image.
func (d *examination) program(context.Context) (string, error) {
	const remedy = "take it from the release of this version, and put it there or name it with --engine-binary"
	path, err := backend.EngineProgram(d.Config.Engines.EngineBinary)
	if err != nil {
		return "", err
	}
	file, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("the Linux program for the container is missing or broken: %w; %s", err, remedy)
	}
	defer file.Close()
	if want := machineOf[runtime.GOARCH]; file.Machine != want {
		return "", fmt.Errorf("%s is for another processor (%s, and this one is %s); %s", path, file.Machine, want, remedy)
	}
	return path, nil
}

// machineOf is how programs of Linux name the processors.
var machineOf = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
