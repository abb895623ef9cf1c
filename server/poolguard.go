package server

import (
	"net/http"
	"os"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/sessions/rest"
	"dynamic-sessions-mcp/sessions/wire"
)

// guardPool puts the REST API behind the guard, which refuses calls as the API
// does.
func (p program) guardPool(api *rest.Handler, a *httpserver.Access) http.Handler {
	opts := p.poolGuardOptions(a)
	opts.WriteRefusal = func(w http.ResponseWriter, r *http.Request, refusal guard.Refusal) {
		api.Refuse(w, r, refusal.Status, refusal.Header, refusal.Message)
	}
	return guard.New(opts).Wrap(api)
}

// poolGuardOptions are the names of the pool and its token. Where other machines
// reach it and --allow-host names nothing, it may be called by any address and
// by the machine's name.
func (p program) poolGuardOptions(a *httpserver.Access) guard.Options {
	opts := p.cfg.PoolServer.HTTP()
	o := guard.Options{
		Hosts:      append(hostsOf(opts), opts.Host()),
		AnyAddress: len(opts.AllowHost) == 0 && !opts.Loopback(),
		NoPages:    true,
		Who:        holdersOf(a),
		KeyHeader:  wire.HeaderAPIKey,
		Open:       []string{"/health", "/openapi.json"},
		Logger:     p.log,
	}
	if host, err := os.Hostname(); err == nil && o.AnyAddress {
		o.Hosts = append(o.Hosts, host)
	}
	return o
}

// hostsOf are the names that every service has, and those of --allow-host.
func hostsOf(opts config.HTTP) []string {
	return append([]string{"localhost", "127.0.0.1", "::1"}, opts.AllowHost...)
}

// holdersOf lets in whoever has the token of a service, or everyone if it has
// none.
func holdersOf(a *httpserver.Access) guard.Authenticator {
	if a.Token == "" {
		return guard.Everyone{}
	}
	return guard.NewTokens(a.Token)
}
