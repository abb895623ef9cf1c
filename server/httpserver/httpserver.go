package server

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
	// headerTime is how long a client may take for the headers of a request,
	// idleTime how long it may keep a connection that it does not use.
	headerTime = 10 * time.Second
	idleTime   = 3 * time.Minute
	maxHeader  = 64 << 10
	// restGrace is how long calls that run at a signal have to end by
	// themselves, interruptGrace how long they have after an interrupt.
	restGrace = time.Second
	// The pool kills code that does not heed an interrupt after two seconds, and
	// the answer that says so must still get out.
	interruptGrace = 5 * time.Second
)

// httpOptions are how a service over HTTP ends. The functions may be nil.
type httpOptions struct {
	tls       *tls.Config   // nil for plain HTTP
	grace     time.Duration // that calls have before they are interrupted
	drain     func()        // is called when no more calls are taken
	interrupt func()        // interrupts calls; without it their requests' contexts are cancelled
	log       zerolog.Logger
	limit     *connections.Limit // of connections; nil for none
}

// serveHTTP serves until ctx ends. Then it takes no more calls, and interrupts
// those that do not end by themselves.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, opts httpOptions) error {
	base, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	defer interrupt(nil)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          log.New(logWriter{opts.log}, "", 0),
		TLSConfig:         opts.tls,
		// OPTIONS * is for the handler as well, which knows whom to refuse.
		DisableGeneralOptionsHandler: true,
	}
	if opts.limit != nil {
		listener = opts.limit.Listen(listener)
		server.ConnState = opts.limit.State
	}
	ended := make(chan error, 1)
	go func() {
		if opts.tls != nil {
			ended <- server.ServeTLS(listener, "", "")
		} else {
			ended <- server.Serve(listener)
		}
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	opts.log.Info().Msg("ending, as asked by a signal")
	if opts.drain != nil {
		opts.drain()
	}
	if !shutdown(server, opts.grace) {
		if opts.interrupt != nil {
			opts.interrupt() // streams stay, for the answers
		} else {
			interrupt(sessions.ErrClosed)
		}
		if !shutdown(server, interruptGrace) {
			_ = server.Close() // calls that heed nothing end with the pool
		}
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listen begins to listen at an address of --listen.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	next := "give --listen an address of this machine and a port, such as 127.0.0.1:8000"
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		next = "another program listens there, perhaps an earlier start of this one; end it, or give another port with --listen (0 takes a free one)"
	case errors.Is(err, syscall.EACCES):
		next = "this user may not listen there; give a port above 1023 with --listen"
	}
	return nil, fmt.Errorf("it cannot listen at %s: %w; %s", address, err, next)
}

func shutdown(server *http.Server, within time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return server.Shutdown(ctx) == nil
}

// logWriter takes what net/http has to say about connections.
type logWriter struct{ log zerolog.Logger }

// Write implements io.Writer.
func (w logWriter) Write(line []byte) (int, error) {
	w.log.Debug().Str("http", string(line)).Msg("a connection failed")
	return len(line), nil
}
