// Package guard decides who may use a service over HTTP: under which names it
// may be called, from which web pages, and with which credentials. Every HTTP
// service of this program stands behind one:
//
//	g := guard.New(guard.Options{Hosts: names, Who: guard.NewTokens(token)})
//	http.Serve(listener, g.Wrap(mux))
//
// A browser runs scripts of any site, and a site can point its own name at the
// address of this machine (DNS rebinding). So the guard refuses with 403 every
// request whose Host header has a name that the service is not known by, and
// every request from a web page that is not allowed. It refuses with 401 what
// passes these checks without valid credentials. The handler behind the guard
// never sees credentials; it asks [Caller] who is calling.
//
// A refusal is JSON with the member "error", unless Options.WriteRefusal writes
// it in the form of the API behind the guard.
//
// [ReadSecret] reads or makes the secrets of a service, and [SelfSigned] makes
// its certificate if it has no other.
package guard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/rs/zerolog"
)

// A Principal is who makes a request, as far as the service tells users apart.
type Principal string

// An Authenticator tells who makes a request. Its methods may be called
// concurrently.
type Authenticator interface {
	// Authenticate returns an error that says what to send instead. It wraps
	// ErrNobody if the credentials are missing or wrong, ErrForbidden if
	// they are right but do not suffice, and ErrUnavailable if they cannot be
	// checked now.
	Authenticate(r *http.Request) (Principal, error)
	// Challenge returns the WWW-Authenticate header of a refusal because of err; ""
	// for none.
	Challenge(err error) string
}

// Why requests are refused.
var (
	ErrUnauthenticated = errors.New("not authenticated")
	ErrForbidden       = errors.New("not allowed")
	ErrUnavailable     = errors.New("authentication is not possible now")
)

// A Refusal is why a request does not get through.
type Refusal struct {
	Status  int
	Header  string // the request header to blame: Host, Origin, or "" for credentials
	Message string // what is wrong and what to do, for the caller
}

// Options configure a guard. Who is required.
type Options struct {
	// Hosts are the names and addresses, without ports, by which the service may
	// be called.
	Hosts []string
	// AnyAddress allows every IP address as well, since no other site can be
	// behind one.
	AnyAddress bool
	// Origins are those whose pages may call the service, besides its own.
	Origins []string
	// NoPages refuses the service's own origin too: it serves no pages.
	NoPages bool
	// Who authenticates callers.
	Who Authenticator
	// KeyHeader is a header that may bring a token too, without a scheme; "" for
	// none. It counts before Authorization.
	KeyHeader string
	// Open are the exact paths that GET and HEAD reach without credentials.
	Open []string
	// OpenBelow are paths, with a slash at their ends, below which GET and HEAD need no
	// credentials, since each path there permits by itself what it leads to. Links of
	// other sites lead there too.
	OpenBelow []string
	// WriteRefusal writes a refusal in the form of the API behind the guard. The
	// headers WWW-Authenticate and Retry-After are already set. Nil writes JSON and
	// closes the connection.
	WriteRefusal func(http.ResponseWriter, *http.Request, Refusal)
	// Refused is called with the status of every refusal, if it is set.
	Refused func(status int)
	// Logger logs refusals, without names or credentials.
	Logger zerolog.Logger
}

// A Guard stands in front of a handler. It may be used concurrently.
type Guard struct{ opts Options }

// New returns a guard.
func New(opts Options) *Guard {
	hosts := make([]string, len(opts.Hosts))
	for i, host := range opts.Hosts {
		hosts[i] = strings.ToLower(strings.Trim(host, "[]"))
	}
	opts.Hosts = hosts
	if opts.WriteRefusal == nil {
		opts.WriteRefusal = writeRefusal
	}
	return &Guard{opts: opts}
}

type principalKey struct{}

// Caller returns who makes the request of ctx. It is "" for open paths and
// outside of a guard.
func Caller(ctx context.Context) Principal {
	p, _ := ctx.Value(principalKey{}).(Principal)
	return p
}

// Wrap returns next behind the guard.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusal := g.checkSite(r); refusal != nil {
			g.refuse(w, r, *refusal)
			return
		}
		if g.share(w, r); preflight(r) {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		if g.open(r) {
			next.ServeHTTP(w, g.withoutCredentials(r))
			return
		}
		who, err := g.opts.Who.Authenticate(g.withKey(r))
		if err != nil {
			g.challenge(w, r, err)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), principalKey{}, who))
		next.ServeHTTP(w, g.withoutCredentials(r))
	})
}

// open reports whether a request needs no credentials.
func (g *Guard) open(r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	return reads && (slices.Contains(g.opts.Open, r.URL.Path) || g.below(r))
}

// below reports whether a path permits what it leads to.
func (g *Guard) below(r *http.Request) bool {
	return slices.ContainsFunc(g.opts.OpenBelow, func(p string) bool { return strings.HasPrefix(r.URL.Path, p) })
}

// withKey returns the request with the key in Options.KeyHeader, if it has one,
// as its bearer token. Two keys are none: which of them would count for a proxy
// in between?
func (g *Guard) withKey(r *http.Request) *http.Request {
	keys := r.Header.Values(g.opts.KeyHeader)
	if len(keys) == 0 {
		return r
	}
	authorization := len(r.Header.Values("Authorization"))
	r = withOwnHeader(r)
	r.Header.Del("Authorization")
	if len(keys) == 1 && authorization <= 1 {
		r.Header.Set("Authorization", "Bearer "+keys[0])
	}
	return r
}

// withoutCredentials returns the request as the handler behind the guard sees it.
func (g *Guard) withoutCredentials(r *http.Request) *http.Request {
	r = withOwnHeader(r)
	r.Header.Del("Authorization")
	r.Header.Del(g.opts.KeyHeader)
	return r
}

// withOwnHeader returns a shallow copy of a request whose header can be changed.
func withOwnHeader(r *http.Request) *http.Request {
	c := *r
	c.Header = maps.Clone(r.Header)
	return &c
}

// retryAfter is how many seconds to wait when nobody can be authenticated.
const retryAfter = "5"

// challenge refuses a request that did not authenticate.
func (g *Guard) challenge(w http.ResponseWriter, r *http.Request, err error) {
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
	message := err.Error()
	if g.opts.KeyHeader != "" && status == http.StatusUnauthorized {
		message += fmt.Sprintf("; the header %s may bring the token as well", g.opts.KeyHeader)
	}
	g.refuse(w, r, Refusal{Status: status, Message: message})
}

func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, refusal Refusal) {
	if g.opts.Refused != nil {
		g.opts.Refused(refusal.Status)
	}
	g.opts.Logger.Debug().Int("status", refusal.Status).Msg("a request was refused")
	g.opts.WriteRefusal(w, r, refusal)
}

// writeRefusal is the default of Options.WriteRefusal.
func writeRefusal(w http.ResponseWriter, _ *http.Request, refusal Refusal) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Connection", "close") // the request's body, if any, is not read
	w.WriteHeader(refusal.Status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": refusal.Message})
}
