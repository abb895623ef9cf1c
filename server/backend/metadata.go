package backend

import (
	"context"
	"time"

	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/wire"
)

// packageInspection is code for [Inspect] that lists all packages of a session.
const packageInspection = `
import importlib.metadata, json, platform
_found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}
print(json.dumps({"python": platform.python_version(), "ipython": _found.get("ipython", ""),
    "packages": [{"name": n, "version": v} for n, v in sorted(_found.items(), key=lambda p: p[0].lower())]}))
`

// Metadata asks a session of its own what the pool's sessions have, and returns
// it as Azure describes a pool.
func Metadata(ctx context.Context, pool sessions.Pool) (wire.Metadata, error) {
	var found struct {
		Python, IPython string
		Packages        []wire.Version
	}
	if err := Inspect(ctx, pool, packageInspection, &found); err != nil {
		return wire.Metadata{}, err
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
