package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// packageInspection is code that prints one JSON object: what a session has.
const packageInspection = `
import importlib.metadata, json, platform
_found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}
print(json.dumps({"python": platform.python_version(), "ipython": _found.get("ipython", ""),
    "packages": [{"name": n, "version": v} for n, v in sorted(_found.items(), key=lambda p: p[0].lower())]}))
`

// poolMetadata asks a session of its own what sessions have.
func poolMetadata(ctx context.Context, pool sessions.Pool) (m wire.Metadata, err error) {
	id := sessions.NewID()
	defer func() { err = errors.Join(err, pool.Stop(context.WithoutCancel(ctx), id)) }()
	x, err := pool.Execute(ctx, id, sessions.Request{Code: packageInspection})
	if err != nil {
		return m, err
	}
	if x.Status != sessions.Succeeded {
		return m, fmt.Errorf("a trial run ended as %q: %s", x.Status, traceback(x))
	}
	var found struct {
		Python, IPython string
		Packages        []wire.Version
	}
	if err := json.Unmarshal([]byte(x.Stdout), &found); err != nil {
		return m, fmt.Errorf("a trial run printed what it should not: %w", err)
	}
	now := wire.Time{Time: time.Now()}
	return wire.Metadata{
		Runtimes:  []wire.Version{{Name: "python", Version: found.Python}},
		Packages:  found.Packages,
		CreatedAt: now, LastUpdatedAt: now,
		Kernel: wire.Kernel{Name: "ipython", Version: found.IPython, ProjectURL: "https://ipython.org",
			Description: "IPython " + found.IPython + " on Python " + found.Python},
	}, nil
}
