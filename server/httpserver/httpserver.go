// Package httpserver serves an [http.Handler] to clients on a network, with
// everything that MCP and Azure's REST API need alike:
//
//	access, err := httpserver.NewAccess(cfg, opts, log) // token and certificate
//	listener, err := httpserver.Listen(opts.Listen)
//	access.Announce(os.Stderr)
//	err = httpserver.Serve(ctx, listener, handler, httpserver.Options{TLS: access.TLS, Grace: time.Second, Logger: log})
//
// [Serve] bounds headers and idle connections, and ends such that calls under way
// are still answered. [BoundBodies] bounds what net/http does not: bodies that
// stall. [NewReadiness] answers whether sessions can be had. Who may call is
// decided by package guard, how many connections there may be by package
// connections.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/server/connections"
	"dynamic-sessions-mcp/sessions"
)

const (
	// headerTime is how long a client may take to send the headers of a request,
	// idleTime how long it may keep a connection without using it.
	headerTime = 10 * time.Second
	idleTime   = 3 * time.Minute
	maxHeader  = 64 << 10
	// interruptGrace is how long interrupted calls have to answer. The pool kills
	// code that ignores an interrupt after two seconds, and the answer that says
	// so must still be sent.
	interruptGrace = 5 * time.Second
)

// Options are how a service is served, and how it ends.
type Options struct {
	TLS   *tls.Config   // nil for plain HTTP
	Grace time.Duration // that calls under way have to finish before they are interrupted
	// Drain is called when no more calls are accepted. It may be nil.
	Drain func()
	// Interrupt interrupts the calls under way. If it is nil, the contexts of
	// their requests are cancelled.
	Interrupt func()
	Limit     *connections.Limit // of connections; nil for none
	Logger    zerolog.Logger
}

// Serve serves until ctx ends, which is no error. Then it accepts no more calls,
// interrupts those that do not finish by themselves, and returns when all are
// answered or out of time. It closes the listener.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, opts Options) error {
	base, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	defer interrupt(nil)
	server := newServer(base, handler, opts)
	if opts.Limit != nil {
		listener = opts.Limit.Listen(listener)
		server.ConnState = opts.Limit.State
	}
	return run(ctx, server, opts, interrupt, func() error {
		if opts.TLS != nil {
			return server.ServeTLS(listener, "", "")
		}
		return server.Serve(listener)
	})
}

// run has a server accept until ctx ends, and then shuts it down: calls that do not finish
// by themselves are interrupted.
func run(ctx context.Context, server *http.Server, opts Options, interrupt context.CancelCauseFunc, accept func() error) error {
	ended := make(chan error, 1)
	go func() { ended <- accept() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	opts.Logger.Info().Msg("shutting down, as requested by a signal")
	if opts.Drain != nil {
		opts.Drain()
	}
	if !shutdown(server, opts.Grace) {
		if opts.Interrupt != nil {
			opts.Interrupt() // streams stay open, for the answers
		} else {
			interrupt(sessions.ErrClosed)
		}
		if !shutdown(server, interruptGrace) {
			_ = server.Close() // calls that ignore an interrupt end with the pool
		}
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Windows has numbers of its own for errors of sockets, which no other system uses.
const (
	closedOnWindows = syscall.Errno(10013) // WSAEACCES
	inUseOnWindows  = syscall.Errno(10048) // WSAEADDRINUSE
)

// newServer returns a server whose requests have contexts below base.
func newServer(base context.Context, handler http.Handler, opts Options) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          log.New(logWriter{opts.Logger}, "", 0),
		TLSConfig:         opts.TLS,
		// OPTIONS * goes to the handler as well, which knows whom to refuse.
		DisableGeneralOptionsHandler: true,
	}
}

// Listen listens on an address of --listen. The error says what to do.
func Listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	next := "pass --listen an address of this machine and a port, such as 127.0.0.1:8000"
	switch {
	case errors.Is(err, syscall.EADDRINUSE), errors.Is(err, inUseOnWindows):
		next = "another program listens there, perhaps an earlier instance of this one; stop it, or choose another port with --listen (0 picks a free one)"
	case errors.Is(err, syscall.EACCES), errors.Is(err, closedOnWindows):
		next = "this user may not listen there; choose a port above 1023 with --listen"
	}
	return nil, fmt.Errorf("cannot listen on %s: %w; %s", address, err, next)
}

func shutdown(server *http.Server, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return server.Shutdown(ctx) == nil
}

// logWriter logs what net/http reports about connections.
type logWriter struct{ log zerolog.Logger }

// Write implements io.Writer.
func (w logWriter) Write(line []byte) (int, error) {
	w.log.Debug().Str("http", string(line)).Msg("a connection failed")
	return len(line), nil
}
