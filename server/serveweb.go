package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"dynamic-sessions-mcp/config"
	"dynamic-sessions-mcp/server/about"
	"dynamic-sessions-mcp/server/backend"
	"dynamic-sessions-mcp/server/connections"
	"dynamic-sessions-mcp/server/conversation"
	"dynamic-sessions-mcp/server/filelinks"
	"dynamic-sessions-mcp/server/guard"
	"dynamic-sessions-mcp/server/httpserver"
	"dynamic-sessions-mcp/server/metrics"
	"dynamic-sessions-mcp/server/oauth"
	"dynamic-sessions-mcp/server/tasks"
	"dynamic-sessions-mcp/server/web"
	"dynamic-sessions-mcp/sessions"
	"dynamic-sessions-mcp/sessions/local"
	"dynamic-sessions-mcp/tools"
	"dynamic-sessions-mcp/tools/notebook"
)

const (
	// webGrace is how long calls under way at a signal have to finish by themselves.
	webGrace = 10 * time.Second

	healthPath, readyPath, metricsPath = "/healthz", "/readyz", "/metrics"
)

// serveWeb serves MCP over HTTP until ctx ends.
func (p program) serveWeb(ctx context.Context) (err error) {
	opts := p.cfg.Serve.HTTP()
	access, err := httpserver.NewAccess(p.cfg, opts, p.log)
	if err != nil {
		return err
	}
	key, err := p.sessionKey()
	if err != nil {
		return err
	}
	listener, err := httpserver.Listen(opts.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	p.warnOfHTTP(opts)
	if err := p.checkFolders(); err != nil {
		return err
	}
	pool, err := p.openPool(p.cfg, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close(pool)) }()
	notebooks, finish, err := p.notebooks(pool, "")
	if err != nil {
		return err
	}
	defer finish()
	conversations := p.registryOptions(pool, key)
	table := tasks.New(p.taskOptions(tasks.Options{Owner: taskOwner, Hold: hold}))
	defer table.Close()
	conversations.Ended = func(id sessions.ID) {
		notebooks.Forget(id)
		table.Forget(id)
	}
	registry := conversation.New(conversations)
	defer registry.Close()
	links, err := p.newLinks(pool, key, access, listener.Addr())
	if err != nil {
		return err
	}
	service, err := p.newService(pool, registry, table, links, notebooks, p.authenticator(access, listener.Addr()))
	if err != nil {
		return err
	}
	limit := connections.New(p.connectionOptions(opts))
	service.counts.Gauge("connections", "Connections that are open.", nil, func() float64 { return float64(limit.Open()) })
	service.counts.Counter("connections_refused_total", "Connections that were refused because there were too many.",
		func() float64 { return float64(limit.Refused()) })
	p.announceWeb(access, listener.Addr())
	err = httpserver.Serve(ctx, listener, service.handler, httpserver.Options{
		TLS: access.TLS, Grace: webGrace, Drain: service.web.Drain, Interrupt: service.interrupt, Limit: limit, Logger: p.log,
	})
	return errors.Join(err, service.close())
}

func (p program) registryOptions(pool backend.Pool, key []byte) conversation.Options {
	return conversation.Options{
		Pool: pool, Key: key, Shared: p.sharesPool(key),
		Idle:            time.Duration(p.cfg.Serve.ConversationIdle),
		MaxPerPrincipal: p.cfg.Serve.MaxConversations,
		Logger:          p.log,
	}
}

// sharesPool reports whether another server may have begun a conversation whose
// session is in the pool. The embedded pool belongs to this server alone: a
// session of another server, or of this one before a restart, is gone, and clients
// must be told so instead of continuing with an empty session.
func (p program) sharesPool(key []byte) bool {
	if key != nil && !p.cfg.Azure.Set() {
		p.log.Warn().Msg("the key of conversations has no effect: the sessions of this server end with it; to share or keep them, run a pool and name it with --pool-endpoint")
		return false
	}
	return key != nil
}

// sessionKey is the key that this server shares with others, nil if there is none.
func (p program) sessionKey() ([]byte, error) {
	if file := p.cfg.Serve.SessionKeyFile; file != "" {
		key, err := httpserver.ReadSecret(file, "--session-key-file", p.log)
		return []byte(key), err
	}
	if p.cfg.SessionKey != "" {
		return []byte(p.cfg.SessionKey), nil
	}
	return nil, nil
}

// A service is what listens over HTTP.
type service struct {
	handler http.Handler
	web     *web.Handler
	tools   *tools.Tools
	tasks   *tasks.Table
	mcp     *server.MCPServer
	counts  *metrics.Metrics
}

// interrupt cancels all calls.
func (s service) interrupt() {
	s.tasks.Interrupt()
	s.web.Interrupt()
}

func (s service) close() error {
	s.tasks.Close()
	return s.tools.Close()
}

func (p program) newService(pool backend.Pool, registry *conversation.Registry, table *tasks.Table, links *filelinks.Links, notebooks *notebook.Store, who guard.Authenticator) (s service, err error) {
	counts := metrics.New()
	s.counts = counts
	p.gauges(counts, pool, registry)
	offered := p.webToolOptions(backend.Measure(pool, counts.Waited), registry)
	offered.Delivery, offered.Notebooks = links, notebooks
	if s.tools, err = tools.New(offered); err != nil {
		return s, err
	}
	s.mcp = p.newMCP(offered.Environment)
	s.mcp.Use(counts.Tool)
	s.tools.Register(s.mcp)
	s.tasks = table
	table.Declare(s.mcp)
	counts.Gauge("tasks", "Calls whose clients ask how they stand, and results that are kept for them.", nil, func() float64 { return float64(table.Open()) })
	s.web = web.New(p.webOptions(s.mcp, registry, table, counts))
	mux := http.NewServeMux()
	mux.Handle("/", owned(s.web, who))
	mux.Handle(filelinks.Path, links)
	mux.HandleFunc("GET "+healthPath, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.Handle("GET "+readyPath, httpserver.NewReadiness(pool, p.log))
	mux.Handle("GET "+metricsPath, counts.Handler())
	opts := p.guardOptions(who, counts)
	if resource, ok := who.(*oauth.Resource); ok {
		for _, path := range resource.MetadataPaths() {
			mux.Handle(path, resource.Metadata())
			opts.Open = append(opts.Open, path)
		}
	}
	g := guard.New(opts)
	s.handler = httpserver.BoundBodies(counts.Bytes(g.Wrap(mux)))
	return s, nil
}

// owned tells the pool whom it works for, if the service tells several users
// apart, so that none of them can take all the sandboxes.
func owned(next http.Handler, who guard.Authenticator) http.Handler {
	if one, ok := who.(interface{ One() bool }); ok && one.One() {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := sessions.WithOwner(r.Context(), string(guard.Caller(r.Context())))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func (p program) webOptions(mcp *server.MCPServer, registry *conversation.Registry, table *tasks.Table, counts *metrics.Metrics) web.Options {
	return web.Options{
		Server: mcp, Conversations: registry, Tasks: table, Logger: p.log, Refused: counts.Refused,
		OnlySSE:    p.cfg.Serve.Transport == config.TransportSSE,
		MaxMessage: int64(p.maxMessage()),
	}
}

func (p program) webToolOptions(pool sessions.Pool, registry *conversation.Registry) tools.Options {
	h := sessionHandles{registry}
	o := p.toolOptions(pool, "")
	o.Session, o.SessionHandles = h.session, h
	o.User, o.AllowDirs, o.Hold = caller, nil, hold
	o.Environment.OutLinks, o.Environment.Elsewhere = true, true
	if o.Environment.Cooldown > registry.Idle() {
		o.Environment.Cooldown = registry.Idle()
	}
	return o
}

// caller names the user of a call.
func caller(ctx context.Context) string { return string(guard.Caller(ctx)) }

func (p program) guardOptions(who guard.Authenticator, counts *metrics.Metrics) guard.Options {
	opts := p.cfg.Serve.HTTP()
	o := guard.Options{
		Hosts: hostsOf(opts), Origins: p.cfg.Serve.AllowOrigin,
		AnyAddress: !opts.Loopback(), Who: who, Open: []string{healthPath, readyPath}, OpenBelow: []string{filelinks.Path},
		Refused: counts.Refused, Logger: p.log,
	}
	if !httpserver.AnyAddress(opts.Host()) {
		o.Hosts = append(o.Hosts, opts.Host())
	} else if host, err := os.Hostname(); err == nil {
		o.Hosts = append(o.Hosts, host)
	}
	return o
}

// authenticator returns what tells the callers of a service apart that listens at
// an address.
func (p program) authenticator(a *httpserver.Access, at net.Addr) guard.Authenticator {
	if p.cfg.Serve.OAuthIssuer != "" {
		return oauth.New(p.oauthOptions(a, at))
	}
	return holdersOf(a)
}

func (p program) oauthOptions(a *httpserver.Access, at net.Addr) oauth.Options {
	serve := p.cfg.Serve
	paths := map[string]string{"/sse": "/sse", "/message": "/sse"}
	if serve.Transport == config.TransportHTTP {
		paths["/mcp"] = "/mcp"
	}
	return oauth.Options{
		Issuer: serve.OAuthIssuer, Audiences: serve.OAuthAudience, Scopes: serve.OAuthScope,
		URL: a.Endpoint(at), Paths: paths, Name: about.Name, Logger: p.log,
	}
}

// gauges adds what the pool and the conversations report.
func (p program) gauges(counts *metrics.Metrics, pool backend.Pool, registry *conversation.Registry) {
	for _, kind := range []conversation.Kind{conversation.Session, conversation.Stream, conversation.Handle} {
		counts.Gauge("conversations", "Conversations by the way in which clients name them.", map[string]string{"kind": kind.String()},
			func() float64 { return float64(registry.Open()[kind]) })
	}
	embedded, ok := pool.(interface{ Stats() local.Stats })
	if !ok {
		return
	}
	for state, read := range map[string]func(local.Stats) int{
		"in_use": func(s local.Stats) int { return s.InUse },
		"idle":   func(s local.Stats) int { return s.Idle },
		"asleep": func(s local.Stats) int { return s.Asleep },
	} {
		counts.Gauge("sessions", "Sessions by state.", map[string]string{"state": state},
			func() float64 { return float64(read(embedded.Stats())) })
	}
	counts.Gauge("warm_sandboxes", "Sandboxes that wait for a session.", nil,
		func() float64 { return float64(embedded.Stats().Spares) })
	counts.Gauge("waiting_starts", "Sandboxes that wait for their turn to start.", nil,
		func() float64 { return float64(embedded.Stats().Starting) })
}

// announceWeb tells people how to use the service.
func (p program) announceWeb(access *httpserver.Access, at net.Addr) {
	endpoint := access.Endpoint(at)
	if p.cfg.Serve.Transport == config.TransportHTTP {
		fmt.Fprintf(p.std.Err, "%s: serving MCP at %s/mcp (streamable HTTP) and %s/sse (for older clients)\n", about.Name, endpoint, endpoint)
	} else {
		fmt.Fprintf(p.std.Err, "%s: serving MCP at %s/sse\n", about.Name, endpoint)
	}
	access.Announce(p.std.Err)
}
