package config

import (
	"runtime"
	"slices"

	"dynamic-sessions-mcp/sessions/engine"
	"dynamic-sessions-mcp/sessions/local"
)

// Engines are what the sandboxes of a server run in, besides this system itself.
type Engines struct {
	Engine       engine.Kind `default:"auto" placeholder:"auto|native|wsl|docker|podman|nerdctl|container" help:"Where the sandboxes run. native is this system, which must be Linux. wsl is a small distribution of WSL 2 of the program's own, on Windows, which takes no administrator. The others are commands that start a Linux container, on any system that has them. The server starts the program there, speaks to it over its standard input and output, and ends it. Of this machine code sees the folders of --allow-dir alone then, or none if the engine, as wsl, cannot show them; upload_file copies files. auto is native on Linux, and wherever there is no isolation or another interpreter is used; elsewhere it is the first that answers within 3 s: container, docker, podman or nerdctl on macOS, wsl, docker or podman on Windows (default ${default})."`
	EngineBinary string      `placeholder:"FILE" help:"The Linux program of this release, which is put into the image of the container or into the distribution of WSL. Default: this program, where it is for Linux; elsewhere dynamic-sessions-mcp-linux-amd64 or dynamic-sessions-mcp-linux-arm64 in its folder."`
	EngineImage  string      `placeholder:"IMAGE|FILE" help:"The base image of the container, which has glibc 2.28 or newer. The engine gets it where it gets images, when the image of the sessions is made the first time. Default: docker.io/library/debian:trixie-slim. With --engine=wsl the absolute path of an archive of tar, which gzip may have compressed, with a Linux that has glibc 2.28 or newer, a shell, coreutils, grep and tar. Default: dynamic-sessions-mcp-system-linux-amd64.tar.gz or dynamic-sessions-mcp-system-linux-arm64.tar.gz in the folder of the Linux program."`
}

// Containers are the engines, WSL among them, of which the first that answers runs the sandboxes; none if
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

// Contained reports whether the sandboxes run in a container, or in WSL, that this process
// starts.
func (c *Config) Contained() bool { return len(c.Containers()) > 0 }

func (c *Config) uncontained() bool { return !c.Contained() }

// containedAsked reports whether that was asked for: what has no effect then is a mistake.
func (c *Config) containedAsked() bool { return c.Contained() && c.Engines.Engine != engine.Auto }

func (c *Config) validateEngine() error {
	e := c.Engines
	if err := oneOf("engine", e.Engine, engine.Auto, engine.Native, engine.WSL, engine.Docker, engine.Podman, engine.Nerdctl, engine.Container); err != nil {
		return err
	}
	if e.EngineBinary != "" {
		if err := absolute("engine-binary", e.EngineBinary); err != nil {
			return err
		}
	}
	switch {
	case e.EngineImage != "" && e.Engine == engine.WSL:
		if err := absolute("engine-image", e.EngineImage); err != nil {
			return err
		}
	case e.EngineImage != "" && len(c.Containers()) > 1 && slices.Contains(c.Containers(), engine.WSL):
		return &settingError{"engine-image", e.EngineImage, "--engine=auto may take WSL, which is made of a file, or a container, which is made of an image; name the engine too"}
	}
	switch {
	case !c.containedAsked():
		return nil
	case c.Pool.Isolation == local.None:
		return &settingError{"isolation", string(local.None), "the code runs where --engine says, where sessions are always isolated from each other; leave out one of them"}
	case c.Serve.SessionName != "":
		return &settingError{"session-name", c.Serve.SessionName, "only sessions of --engine=native, on Linux, can be kept; leave it out"}
	}
	return nil
}
