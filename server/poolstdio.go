package server

import (
	"context"
	"errors"
	"io"
	"net/http"

	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/stage"
	"dynamic-sessions-mcp/sessions/wire"
	"dynamic-sessions-mcp/sessions/wire/pipe"
)

// servePoolStdio serves the embedded pool as HTTP/2 over the standard streams, until the
// input ends or ctx does. The first call need not wait for the interpreter: what it is
// doing is told at [wire.PathPrepare].
func (p program) servePoolStdio(ctx context.Context) (err error) {
	in, out, err := claim(p.std)
	if err != nil {
		return err
	}
	p.warnUnisolated()
	if err := p.checkFolders(); err != nil {
		return err
	}
	stages := stage.NewLatest()
	pool, err := p.open(backend.Options{Config: p.cfg, Logger: p.log, Progress: stages.Set})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()
	handler := rest.New(pool, p.restOptions(nil))
	defer func() { err = errors.Join(err, handler.Close()) }()
	mux := http.NewServeMux()
	mux.Handle("GET "+wire.PathPrepare, preparation{pool, stages, about.ReadBuild().Name()})
	mux.Handle("/", handler)
	p.log.Debug().Msg("serving sessions over standard input and output")
	conn := pipe.Conn(closable[io.ReadCloser](in, io.NopCloser(in)), closable[io.WriteCloser](out, nopWriteCloser{out}))
	return httpserver.ServeConn(ctx, conn, p.guardStdio(handler, mux), httpserver.Options{Grace: restGrace, Logger: p.log})
}

// guardStdio lets in whoever holds the streams, but no web page that is passed on by it.
func (p program) guardStdio(api *rest.Handler, behind http.Handler) http.Handler {
	return guard.New(guard.Options{
		Hosts: []string{"localhost"}, NoPages: true, Who: guard.Everyone{}, Logger: p.log,
		WriteRefusal: func(w http.ResponseWriter, r *http.Request, refusal guard.Refusal) {
			api.Refuse(w, r, refusal.Status, refusal.Header, refusal.Message)
		},
	}).Wrap(behind)
}

// closable returns stream as a closer, or other if it cannot be closed.
func closable[T any](stream any, other T) T {
	if c, ok := stream.(T); ok {
		return c
	}
	return other
}

type nopWriteCloser struct{ io.Writer }

func (nopWriteCloser) Close() error { return nil }
