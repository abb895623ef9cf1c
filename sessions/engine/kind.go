package engine

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"dynamic-sessions-mcp/sessions/brief"
	"dynamic-sessions-mcp/sessions/engine/wsl"
)

// Kind is an engine.
type Kind string

// The engines. Auto is what is usual on a system. Native is none: the sandboxes of this
// system.
const (
	Auto      Kind = "auto"
	Native    Kind = "native"
	WSL       Kind = "wsl"
	Docker    Kind = "docker"
	Podman    Kind = "podman"
	Nerdctl   Kind = "nerdctl"
	Container Kind = "container"
)

// Usual returns the engines that are looked for on a system, as Go calls it, in the order
// in which they are taken. There are none for Linux, which has sandboxes of its own.
func Usual(system string) []Kind {
	switch system {
	case "linux":
		return nil
	case "darwin":
		return []Kind{Container, Docker, Podman, Nerdctl}
	}
	return []Kind{WSL, Docker, Podman}
}

// Name is what people call the engine.
func (k Kind) Name() string {
	switch k {
	case WSL:
		return "WSL"
	case Docker:
		return "Docker"
	case Podman:
		return "Podman"
	case Container:
		return "Apple's container"
	}
	return string(k)
}

// probeTime is how long an engine may take to say that it is there.
const probeTime = 3 * time.Second

// podmanTime is that of Podman on Linux, whose commands wait for each other: where images
// are stored without layers (vfs), one that makes a container takes seconds.
const podmanTime = 20 * time.Second

// patience is how long the engine may take to answer.
func (k Kind) patience() time.Duration {
	if k == Podman && runtime.GOOS == "linux" {
		return podmanTime
	}
	return probeTime
}

// first returns the first of some engines that answers, within 3 s. The error says of each
// why it cannot be used.
func first(ctx context.Context, kinds []Kind, system string) (Kind, error) {
	return Pick(kinds, ProbeAll(ctx, kinds, system))
}

// ProbeAll probes engines, all at the same time, and returns what [Kind.Probe] says of
// each. WSL takes a system too, which comes with the program and is missed here, so that
// another engine can be taken.
func ProbeAll(ctx context.Context, kinds []Kind, system string) []error {
	found := make([]error, len(kinds))
	var asking sync.WaitGroup
	for i, kind := range kinds {
		asking.Go(func() {
			if found[i] = kind.Probe(ctx); found[i] == nil && kind == WSL {
				found[i] = wsl.CheckSystem(system)
			}
		})
	}
	asking.Wait()
	return found
}

// Pick returns the first of some engines of which [ProbeAll] has found nothing wrong. The
// error says of each what is.
func Pick(kinds []Kind, found []error) (Kind, error) {
	var reasons []string
	for i, err := range found {
		if err == nil {
			return kinds[i], nil
		}
		reasons = append(reasons, err.Error())
	}
	if len(kinds) == 1 {
		return "", found[0]
	}
	return "", fmt.Errorf("the sandboxes need Linux, and no engine runs it here: %s", strings.Join(reasons, "; "))
}

// Probe asks whether the engine is there and works for this user, within 3 s, or 20 s for
// Podman on Linux. The error says what to do.
func (k Kind) Probe(ctx context.Context) error {
	asked, cancel := context.WithTimeout(ctx, k.patience())
	defer cancel()
	if k == WSL {
		return explainWSL(ctx, wsl.Probe(asked))
	}
	cmd := exec.CommandContext(asked, string(k), k.version()...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("there is no command %s: install %s, or name another engine with --engine", k, k.Name())
	case asked.Err() != nil && ctx.Err() == nil:
		return fmt.Errorf("%s has not answered within %v: start it, or start it again if it hangs", k.Name(), k.patience())
	}
	return fmt.Errorf("%s does not work for this user: %s. Start it, or get the right to use it", k.Name(), brief.Said(string(out), err))
}

// explainWSL says what to do if WSL has not answered in time. It says the rest itself.
func explainWSL(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Errorf("WSL has not answered within %v: try again, and if it hangs run wsl --shutdown, which ends all that runs in it, or restart Windows", probeTime)
	}
	return err
}

// version are the arguments of a command that fails unless the engine runs.
func (k Kind) version() []string {
	switch k {
	case Docker:
		return []string{"version", "--format", "{{.Server.Version}}"}
	case Container:
		return []string{"system", "status"}
	}
	return []string{"info"}
}
