package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/wire"
)

const (
	// headerTime is how long a client may take for the headers of a request,
	// idleTime how long it may keep a connection that it does not use.
	headerTime = 10 * time.Second
	idleTime   = 3 * time.Minute
	maxHeader  = 64 << 10
	// restGrace is how long calls that run at a signal have to end by
	// themselves, interruptGrace how long they have after an interrupt.
	restGrace      = time.Second
	interruptGrace = 3 * time.Second
)

// servePool serves the embedded pool over Azure's REST API until ctx ends.
func (p program) servePool(ctx context.Context) (err error) {
	opts := &p.cfg.PoolServer
	access, err := p.poolAccess()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", opts.Listen)
	if err != nil {
		return fmt.Errorf("listening (--listen): %w", err)
	}
	defer listener.Close()
	if p.cfg.Pool.Isolation == config.IsolationNone {
		p.log.Warn().Msg("nothing isolates the code: it runs on this machine with all that you may do (--isolation=none)")
	}
	if !opts.Loopback() && !opts.TLS() {
		p.log.Warn().Msg("other machines can reach the service, and the token travels without encryption; see --tls-cert")
	}
	pool, err := p.open(p.cfg.Pool, p.log, p.progress())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()
	if err := pool.Prepare(ctx); err != nil {
		return endOr(ctx, err)
	}
	about, err := poolMetadata(ctx, pool)
	if err != nil {
		return endOr(ctx, err)
	}
	handler := rest.New(pool, rest.Options{
		Token:          access.token,
		Hosts:          acceptedHosts(opts),
		RequireVersion: opts.RequireVersion,
		MaxUpload:      int64(p.cfg.Pool.MaxUpload),
		Metadata:       func() wire.Metadata { return about },
		Logger:         p.log,
	})
	defer func() { err = errors.Join(err, handler.Close()) }()
	if err := access.announce(p.std, opts, listener.Addr()); err != nil {
		return err
	}
	return serveHTTP(ctx, listener, handler, access.tls, p.log)
}

// endOr returns err unless a signal is what ended the work.
func endOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// serveHTTP serves until ctx ends. Then it takes no more calls, and interrupts
// those that do not end by themselves.
func serveHTTP(ctx context.Context, listener net.Listener, handler http.Handler, config *tls.Config, logger zerolog.Logger) error {
	base, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	defer interrupt(nil)
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          log.New(logWriter{logger}, "", 0),
		TLSConfig:         config,
	}
	ended := make(chan error, 1)
	go func() {
		if config != nil {
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
	logger.Info().Msg("ending, as asked by a signal")
	if !shutdown(server, restGrace) {
		interrupt(sessions.ErrClosed)
		if !shutdown(server, interruptGrace) {
			_ = server.Close() // calls that heed nothing end with the pool
		}
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
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
