// Dynamic-sessions-mcp is an MCP server that gives an AI agent isolated Python
// sessions. Run it with --help for its commands and flags.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"dynamic-sessions-mcp/server"
	"dynamic-sessions-mcp/sessions/local/sandbox"
)

func main() {
	sandbox.Reexec() // first: the sandbox's own processes are this program too
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	defer context.AfterFunc(ctx, stop)()
	// A reader that went away is an error of the write, not the end of the
	// process, which has sessions to put away.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return server.Main(ctx, os.Args[1:], os.Environ(), server.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}
