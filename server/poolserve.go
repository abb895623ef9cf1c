package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/connections"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/wire"
)

// restGrace is how long calls under way at a signal have to finish by themselves.
const restGrace = time.Second

// servePool serves the embedded pool over Azure's REST API until ctx ends, to whoever
// calls or to the one program at the other end of the standard streams.
func (p program) servePool(ctx context.Context) error {
	if p.cfg.PoolServer.Stdio {
		return p.servePoolStdio(ctx)
	}
	return p.servePoolHTTP(ctx)
}

func (p program) servePoolHTTP(ctx context.Context) (err error) {
	opts := p.cfg.PoolServer.HTTP()
	access, err := httpserver.NewAccess(p.cfg, opts, p.log)
	if err != nil {
		return err
	}
	listener, err := httpserver.Listen(opts.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	p.warnOfHTTP(opts)
	pool, err := p.openPool(p.cfg, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()
	if err := pool.Prepare(ctx); err != nil {
		return endOr(ctx, err)
	}
	metadata, err := backend.Metadata(ctx, pool)
	if err != nil {
		return endOr(ctx, err)
	}
	handler := rest.New(pool, p.restOptions(func() wire.Metadata { return metadata }))
	defer func() { err = errors.Join(err, handler.Close()) }()
	if err := announcePool(p.std, access, opts.AuthTokenFile, listener.Addr()); err != nil {
		return err
	}
	return httpserver.Serve(ctx, listener, p.guardPool(handler, access), httpserver.Options{
		TLS: access.TLS, Grace: restGrace, Limit: connections.New(p.connectionOptions(opts)), Logger: p.log,
	})
}

func (p program) restOptions(metadata func() wire.Metadata) rest.Options {
	return rest.Options{
		RequireVersion: p.cfg.PoolServer.RequireVersion,
		MaxUpload:      int64(p.cfg.Pool.MaxUpload),
		Metadata:       metadata,
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

// announcePool tells how to use the service: programs on standard output, in one
// line of JSON without secrets, and people on standard error.
func announcePool(std Streams, a *httpserver.Access, tokenFile string, at net.Addr) error {
	endpoint := a.Endpoint(at)
	line, err := json.Marshal(struct {
		Endpoint  string `json:"endpoint"`
		TokenFile string `json:"tokenFile,omitempty"`
		CAFile    string `json:"caFile,omitempty"`
		CABundle  string `json:"caBundle,omitempty"`
	}{endpoint, tokenFile, a.Authority, a.Bundle})
	if err != nil {
		return err
	}
	fmt.Fprintf(std.Err, "%s: serving sessions at %s (pool management endpoint)\n", about.Name, endpoint)
	a.Announce(std.Err)
	_, err = io.WriteString(std.Out, string(line)+"\n")
	return err
}
