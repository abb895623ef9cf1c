package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/wire"
)

// servePool serves the embedded pool over Azure's REST API until ctx ends.
func (p program) servePool(ctx context.Context) (err error) {
	opts := p.cfg.PoolServer.HTTP()
	access, err := p.access(opts)
	if err != nil {
		return err
	}
	listener, err := listen(opts.Listen)
	if err != nil {
		return err
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
	handler := rest.New(pool, p.restOptions(about))
	defer func() { err = errors.Join(err, handler.Close()) }()
	if err := announcePool(p.std, access, opts, listener.Addr()); err != nil {
		return err
	}
	return serveHTTP(ctx, listener, p.guardPool(handler, access), httpOptions{tls: access.tls, grace: restGrace, log: p.log, limit: p.limitConnections(opts)})
}

func (p program) restOptions(about wire.Metadata) rest.Options {
	return rest.Options{
		RequireVersion: p.cfg.PoolServer.RequireVersion,
		MaxUpload:      int64(p.cfg.Pool.MaxUpload),
		Metadata:       func() wire.Metadata { return about },
		Logger:         p.log,
	}
}

// endOr returns err unless a signal is what ended the work.
func endOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// announcePool tells how to use the service: programs on standard output, in
// one line of JSON without secrets, and people on standard error.
func announcePool(std Streams, a access, opts config.HTTP, at net.Addr) error {
	endpoint := a.endpoint(opts, at)
	line, err := json.Marshal(struct {
		Endpoint  string `json:"endpoint"`
		TokenFile string `json:"tokenFile,omitempty"`
		CAFile    string `json:"caFile,omitempty"`
		CABundle  string `json:"caBundle,omitempty"`
	}{endpoint, opts.AuthTokenFile, a.authority, a.bundle})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "%s: serving sessions at %s (pool management endpoint)\n", name, endpoint)
	a.tell(std, opts)
	_, err = io.WriteString(std.Out, string(line)+"\n")
	return err
}
