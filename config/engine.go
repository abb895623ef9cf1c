package config

import (
	"runtime"

	"dynamic-sessions-mcp/sessions/engine"
	"dynamic-sessions-mcp/sessions/local"
)

// Engines are what the sandboxes of a server run in, besides this system itself.
type Engines struct {
	Engine       engine.Kind `default:"auto" placeholder:"auto|native|docker|podman|nerdctl|container" help:"Where the sandboxes run. native is this system, which must be Linux. The others are commands that start a Linux container, on any system that has them: the server starts one, speaks to it over its standard input and output, and ends it. Of this machine code sees the folders of --allow-dir alone then, or none if the engine cannot show them; upload_file copies files. auto is native on Linux, and wherever there is no isolation or another interpreter is used; elsewhere it is the first that answers within 3 s: container, docker, podman or nerdctl on macOS, docker or podman on Windows (default ${default})."`
	EngineBinary string      `placeholder:"FILE" help:"The Linux program of this release, which is put into the image of the container. Default: this program, where it is for Linux; elsewhere dynamic-sessions-mcp-linux-amd64 or dynamic-sessions-mcp-linux-arm64 in its folder."`
	EngineImage  string      `placeholder:"IMAGE" help:"The base image of the container, which has glibc 2.28 or newer. The engine gets it where it gets images, when the image of the sessions is made the first time. Default: docker.io/library/debian:trixie-slim."`
}

// Containers are the engines of which the first that answers runs the sandboxes; none if
// they run on this system itself, or the pool is elsewhere.
func (c *Config) Containers() []engine.Kind {
	switch e := c.Engines.Engine; {
	case !c.embedded() || !c.Command.mayUseEngine() || e == engine.Native:
		return nil
	case e != engine.Auto:
		return []engine.Kind{e}
	case c.Pool.Isolation == local.None || c.Pool.Python != "":
		return nil
	}
	return engine.Usual(runtime.GOOS)
}

// Contained reports whether the sandboxes run in a container that this process starts.
func (c *Config) Contained() bool { return len(c.Containers()) > 0 }

func (c *Config) uncontained() bool { return !c.Contained() }

// containedAsked reports whether that was asked for: what has no effect then is a mistake.
func (c *Config) containedAsked() bool { return c.Contained() && c.Engines.Engine != engine.Auto }

func (c *Config) validateEngine() error {
	e := c.Engines
	if err := oneOf("engine", e.Engine, engine.Auto, engine.Native, engine.Docker, engine.Podman, engine.Nerdctl, engine.Container); err != nil {
		return err
	}
	if e.EngineBinary != "" {
		if err := absolute("engine-binary", e.EngineBinary); err != nil {
			return err
		}
	}
	switch {
	case !c.containedAsked():
		return nil
	case c.Pool.Isolation == local.None:
		return &settingError{"isolation", string(local.None), "the code runs in the container that --engine names, where sessions are always isolated from each other; leave out one of them"}
	case c.Serve.SessionName != "":
		return &settingError{"session-name", c.Serve.SessionName, "only sessions of --engine=native, on Linux, can be kept; leave it out"}
	}
	return nil
}
