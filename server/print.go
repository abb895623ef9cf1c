package server

import (
	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/licenses"
	"dynamic-sessions-mcp/server/manual"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/sessions/local/basesystem"
	"dynamic-sessions-mcp/sessions/local/python"
)

// The engines that version names: where the sessions of a server run which is told
// nothing else.
const (
	engineNative = "native" // on this machine, in the embedded pool
	engineNone   = "none"   // this system has no embedded pool
)

func (p program) printVersion() error {
	build := about.ReadBuild()
	if !p.cfg.Version.JSON {
		return build.Write(p.std.Out)
	}
	engine, level := engineOf(build)
	return build.WriteJSON(p.std.Out, engine, level)
}

// engineOf returns the engine of a build and the level of isolation that its embedded
// pool has unless told otherwise: the one that was found here last. It tries nothing,
// and is the one place that says so.
func engineOf(build about.Build) (engine, level string) {
	if !build.Sandbox {
		return engineNone, string(local.None)
	}
	if found, ok := local.LastIsolation(""); ok {
		return engineNative, string(found)
	}
	return engineNative, levelUndecided
}

// levelUndecided is the level where none was found yet, or not since the machine started.
const levelUndecided = "decided at start"

func (p program) printLicenses() error {
	var installed []python.Notice
	tree, missing := python.Find(p.cfg.Pool.CacheDir, p.cfg.Pool.SystemDir)
	if missing == nil {
		var err error
		if installed, err = python.Notices(tree); err != nil {
			return err
		}
	}
	found, err := basesystem.Notices(basesystem.Options{CacheDir: p.cfg.Pool.CacheDir, SystemDir: p.cfg.Pool.SystemDir})
	if err != nil {
		return err
	}
	var system []python.Notice
	for _, n := range found {
		system = append(system, python.Notice{Name: n.Name, Version: n.Version, Texts: []string{n.Text}})
	}
	return licenses.Write(p.std.Out, installed, missing, system)
}

func (p program) printRequirements() error {
	_, err := p.std.Out.Write(python.Requirements())
	return err
}

func (p program) printCompletion() error {
	commands, err := config.Reference()
	if err != nil {
		return err
	}
	return manual.WriteCompletion(p.std.Out, p.cfg.Completion.Shell, about.Name, commands)
}

func (p program) printManualPage() error {
	commands, err := config.Reference()
	if err != nil {
		return err
	}
	build := about.ReadBuild()
	return manual.WritePage(p.std.Out, manual.About{
		Name: about.Name, Summary: about.Summary(true), Version: build.Version, Date: build.Date(),
	}, commands)
}
