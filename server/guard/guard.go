// Package guard decides who may use a service over HTTP: by which names it may
// be called, for which web pages, and with which credentials.
//
//	g := guard.New(guard.Options{Hosts: names, Who: guard.NewTokens(token)})
//	http.Serve(listener, g.Wrap(mux))
//
// A browser runs scripts of any site, and a site can give its own name the
// address of this machine (DNS rebinding). So every request is refused with 403
// whose Host header has a name that the service is not known by, or that comes
// for a web page which is not allowed. Requests that pass and name nobody who
// is known are refused with 401. What is behind the guard does not see credentials.
//
// What the service has for secrets comes from [ReadSecret], and its certificate
// from [SelfSigned] unless there is another.
package guard

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/zerolog"
)

// A Principal is who makes a request, as far as the service tells users apart.
type Principal string

// Authenticator tells who makes a request. It may be called concurrently.
type Authenticator interface {
	// Authenticate returns an error that wraps ErrNobody, and says what to send
	// instead, for a request without credentials or with wrong ones. It wraps
	// ErrForbidden if they are right but not enough, and ErrUnavailable if that
	// cannot be told now.
	Authenticate(r *http.Request) (Principal, error)
	// Challenge is the WWW-Authenticate header of a refusal because of err; "" for
	// none.
	Challenge(err error) string
}

// Why requests are refused.
var (
	ErrNobody      = errors.New("not authenticated")
	ErrForbidden   = errors.New("not allowed")
	ErrUnavailable = errors.New("authentication is not possible now")
)

// Options configure a guard. Who is required.
type Options struct {
	// Hosts are the names and addresses, without ports, by which the service may
	// be called.
	Hosts []string
	// AnyAddress allows every address, which no other site can be behind, but no
	// name that is not among Hosts.
	AnyAddress bool
	// Origins are those whose pages may call the service, besides its own.
	Origins []string
	// Who tells who calls.
	Who Authenticator
	// Open are the paths that need no credentials.
	Open []string
	// Refused is called with the status of every refusal, if it is set.
	Refused func(status int)
	// Logger gets refusals, without names or credentials.
	Logger zerolog.Logger
}

// A Guard stands before a handler. It may be used concurrently.
type Guard struct{ opts Options }

// New returns a guard.
func New(opts Options) *Guard {
	hosts := make([]string, len(opts.Hosts))
	for i, host := range opts.Hosts {
		hosts[i] = strings.ToLower(strings.Trim(host, "[]"))
	}
	opts.Hosts = hosts
	return &Guard{opts: opts}
}

type principalKey struct{}

// Caller returns who makes the request of ctx; "" outside of a guard.
func Caller(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Wrap returns next behind the guard.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if why := g.site(r); why != "" {
			g.refuse(w, http.StatusForbidden, why)
			return
		}
		if g.share(w, r); r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if slices.Contains(g.opts.Open, r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		who, err := g.opts.Who.Authenticate(r)
		if err != nil {
			g.challenge(w, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), principalKey{}, who))
		r.Header = maps.Clone(r.Header)
		r.Header.Del("Authorization")
		next.ServeHTTP(w, r)
	})
}

// retryAfter is how many seconds to wait when nobody can be authenticated.
const retryAfter = "5"

// challenge refuses who did not authenticate.
func (g *Guard) challenge(w http.ResponseWriter, err error) {
	status := http.StatusUnauthorized
	switch {
	case errors.Is(err, ErrForbidden):
		status = http.StatusForbidden
	case errors.Is(err, ErrUnavailable):
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", retryAfter)
	}
	if challenge := g.opts.Who.Challenge(err); challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	g.refuse(w, status, err.Error())
}

// site says why a request must not come from where it does, or "".
func (g *Guard) site(r *http.Request) string {
	if !g.host(hostname(r.Host)) {
		return "this service is not known by the name in the Host header; call it by the address that it printed at its start, or start it with --allow-host"
	}
	for _, origin := range r.Header.Values("Origin") {
		if !g.own(r, origin) && !slices.Contains(g.opts.Origins, origin) {
			return "this service is not for the web page in the Origin header; call it from a program, or start it with --allow-origin"
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); (site == "cross-site" || site == "same-site") && r.Header.Get("Origin") == "" {
		return "this service is not for web pages of other sites"
	}
	return ""
}

func (g *Guard) host(name string) bool {
	return slices.Contains(g.opts.Hosts, name) || g.opts.AnyAddress && net.ParseIP(name) != nil
}

// own reports whether an origin is the service itself.
func (g *Guard) own(r *http.Request, origin string) bool {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return strings.EqualFold(origin, scheme+r.Host)
}

// share tells a browser that an allowed page may read the answer.
func (g *Guard) share(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" || !slices.Contains(g.opts.Origins, origin) {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Expose-Headers", "Mcp-Session-Id, WWW-Authenticate")
	if r.Method == http.MethodOptions {
		h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
		h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, Mcp-Session-Id, Mcp-Protocol-Version, Mcp-Method, Mcp-Name, Last-Event-ID")
		h.Set("Access-Control-Max-Age", "600")
	}
}

func (g *Guard) refuse(w http.ResponseWriter, status int, why string) {
	if g.opts.Refused != nil {
		g.opts.Refused(status)
	}
	g.opts.Logger.Debug().Int("status", status).Msg("a request was refused")
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Connection", "close") // its body, if any, is not read
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": why})
}

// hostname is a Host header without its port, "" if it is no host.
func hostname(host string) string {
	u, err := url.Parse("http://" + host)
	if err != nil || u.Host != host {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
