// Package server is the program: it reads the configuration, puts the parts
// together and runs one of the commands.
//
//	stdin ─▶ stdio ─▶ mcp-go's server ─▶ tools ─▶ execution queue ─▶ the pool
//	HTTP ─▶ guard ─▶ web ─▶ mcp-go's server ─▶ tools ─▶ the pool
//
// [Main] is all that main calls. The commands are [config.CommandServe] and its
// siblings: serve.go and serveweb.go serve MCP, poolserve.go serves Azure's REST
// API, packages demo, bench and doctor have the others. Package backend opens the pool,
// package httpserver serves over HTTP, package about says who we are.
//
// Over standard input and output the process is the conversation: it owns one
// session, whose ID is random and dies with the process, unless the user gave it
// a name. Over HTTP each conversation owns one; package conversation says how they
// are told apart.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/bench"
	"dynamic-sessions-mcp/server/connections"
	"dynamic-sessions-mcp/server/demo"
	"dynamic-sessions-mcp/server/doctor"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
)

// Streams are the standard streams of the process.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
}

// The exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // the command line or the environment is wrong
)

// program is a command with what it runs on.
type program struct {
	cfg  config.Config
	std  Streams
	log  zerolog.Logger
	open func(backend.Options) (backend.Pool, error)
}

// Main runs the program until it is done or ctx ends, and returns its exit code.
// Messages to people go to std.Err; std.Out gets only what the command is for.
func Main(ctx context.Context, args, environ []string, std Streams) int {
	limitHeap(environ)
	cfg, err := config.Parse(args, environ)
	var help config.Help
	switch {
	case errors.As(err, &help):
		fmt.Fprint(std.Out, help)
		return exitOK
	case err != nil:
		fmt.Fprintf(std.Err, "%s: %v\n", about.Name, err)
		return exitUsage
	}
	if err := run(ctx, cfg, std); err != nil {
		fmt.Fprintf(std.Err, "%s: %v\n", about.Name, err)
		return exitFailed
	}
	return exitOK
}

// run runs the command of cfg.
func run(ctx context.Context, cfg config.Config, std Streams) error {
	p := program{cfg: cfg, std: std, log: newLogger(cfg.Logging.LogLevel, std.Err), open: backend.Open}
	for _, name := range cfg.Unknown {
		p.log.Warn().Str("variable", name).Msg(config.WhyUnknown(name))
	}
	switch cfg.Command {
	case config.CommandDemo:
		return demo.Run(ctx, p.demoOptions())
	case config.CommandBench:
		return bench.Run(ctx, p.benchOptions())
	case config.CommandPool:
		return p.servePool(ctx)
	case config.CommandSetup:
		return doctor.Setup(ctx, p.doctorOptions())
	case config.CommandDoctor:
		return doctor.Run(ctx, p.doctorOptions())
	case config.CommandVersion:
		return p.printVersion()
	case config.CommandLicenses:
		return p.printLicenses()
	case config.CommandRequirements:
		return p.printRequirements()
	case config.CommandVerify:
		return p.verify()
	case config.CommandReplay:
		return p.replay(ctx)
	case config.CommandCompletion:
		return p.printCompletion()
	case config.CommandMan:
		return p.printManualPage()
	default:
		return p.serve(ctx)
	}
}

func (p program) demoOptions() demo.Options {
	return demo.Options{Flags: p.cfg.Flags, Out: p.cfg.Demo.Out, Show: p.std.Out, Log: p.std.Err}
}

func (p program) benchOptions() bench.Options {
	b, pool := p.cfg.Bench, p.cfg.Pool
	return bench.Options{
		Flags: p.cfg.Flags, CacheDir: pool.CacheDir, Isolated: p.isolated(),
		Disk: int64(pool.Disk), MaxUpload: int64(pool.MaxUpload), MaxOutput: int64(pool.MaxOutput),
		Pairs: b.Pairs, Load: b.Load, Only: b.Only, List: b.List, Curves: b.Curves, Short: b.Short, JSON: b.Values, Peers: b.Peers,
		Out: p.std.Out, Log: p.std.Err,
	}
}

func (p program) doctorOptions() doctor.Options {
	return doctor.Options{Config: p.cfg, Out: p.std.Out, Logger: p.log, Progress: p.progress(), Open: p.open}
}

// openPool opens the pool of a configuration, in which the session keep outlives
// it; "" for none.
func (p program) openPool(cfg config.Config, keep sessions.ID) (backend.Pool, error) {
	return p.open(backend.Options{Config: cfg, Keep: keep, Logger: p.log, Progress: p.progress()})
}

// close waits for the pool to put its sessions away, for a while.
func (p program) close(pool backend.Pool) error {
	grace := backend.CloseGrace
	if p.cfg.Serve.SessionName != "" {
		grace = keepGrace
	}
	return backend.Close(pool, grace, p.log)
}

// isolated reports whether sessions run in a sandbox, or elsewhere.
func (p program) isolated() bool { return p.cfg.Pool.Isolation != local.None }

// warnUnisolated warns of code that may do everything.
func (p program) warnUnisolated() {
	if !p.isolated() {
		p.log.Warn().Msg("nothing isolates the code: it runs on this machine and may do everything you may do (--isolation=none)")
	}
}

// warnOfHTTP warns of what makes a service over HTTP dangerous.
func (p program) warnOfHTTP(opts config.HTTP) {
	p.warnUnisolated()
	if !opts.Loopback() && !opts.TLS() {
		p.log.Warn().Msg("other machines can reach the service, and the token is sent unencrypted; see --tls-cert")
	}
}

// connectionOptions are those of the limit of connections to a service.
func (p program) connectionOptions(opts config.HTTP) connections.Options {
	return connections.Options{Max: opts.MaxConnections, Plain: !opts.TLS(), Logger: p.log}
}
