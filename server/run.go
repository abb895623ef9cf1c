// Package server is the program: it reads the configuration, puts the parts
// together and runs one of the commands.
//
//	stdin ─▶ stdio ─▶ mcp-go's server ─▶ tools ─▶ arrivals ─▶ the pool
//	HTTP ─▶ guard ─▶ web ─▶ mcp-go's server ─▶ tools ─▶ the pool
//
// [Main] is all that main calls. The commands are [config.CommandServe] and its
// siblings; serve.go has the one that matters. Over standard input and output
// the process is the conversation: it owns one session, whose ID is random and
// dies with the process, unless the user gave it a name. Over HTTP each
// conversation owns one; package conversation says how they are told apart.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/demo"
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

// Main runs the program until it is done or ctx ends, and returns its exit
// code. What it has to say to a person goes to std.Err; std.Out has nothing but
// what the command is for.
func Main(ctx context.Context, args, environ []string, std Streams) int {
	limitHeap(environ)
	cfg, err := config.Parse(args, environ)
	var help config.Help
	switch {
	case errors.As(err, &help):
		fmt.Fprint(std.Out, help)
		return exitOK
	case err != nil:
		fmt.Fprintln(std.Err, "dynamic-sessions-mcp:", err)
		return exitUsage
	}
	if err := Run(ctx, cfg, std); err != nil {
		fmt.Fprintln(std.Err, "dynamic-sessions-mcp:", err)
		return exitFailed
	}
	return exitOK
}

// Run runs the command of cfg.
func Run(ctx context.Context, cfg config.Config, std Streams) error {
	p := program{cfg: cfg, std: std, log: newLogger(cfg.Logging.LogLevel, std.Err), open: openerOf(cfg)}
	for _, name := range cfg.Unknown {
		p.log.Warn().Str("variable", name).Msg("no setting has this environment variable; --help lists the flags")
	}
	switch cfg.Command {
	case config.CommandDemo:
		return demo.Run(ctx, p.demoOptions())
	case config.CommandPool:
		return p.servePool(ctx)
	case config.CommandSetup:
		return p.setup(ctx)
	case config.CommandDoctor:
		return p.doctor(ctx)
	case config.CommandVersion:
		return p.version()
	default:
		return p.serve(ctx)
	}
}

func (p program) demoOptions() demo.Options {
	return demo.Options{Flags: p.cfg.Flags, Out: p.cfg.Demo.Out, Show: p.std.Out, Log: p.std.Err}
}
