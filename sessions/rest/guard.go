package rest

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"

	"dynamic-sessions-mcp/sessions/wire"
)

// A guard decides who may use the service.
type guard struct {
	open  bool     // needs no token
	token [32]byte // hash of the token
	hosts []string // in lower case; empty means any
}

func newGuard(token string, hosts []string) guard {
	g := guard{open: token == "", token: sha256.Sum256([]byte(token))}
	for _, host := range hosts {
		g.hosts = append(g.hosts, strings.ToLower(host))
	}
	return g
}

// checkSite refuses what a browser sends for a web page: no page of ours
// exists, so that it would be another's, which must not reach the sessions
// of whoever looks at it.
func (g guard) checkSite(r *http.Request) error {
	site := r.Header.Get("Sec-Fetch-Site")
	if r.Header.Get("Origin") != "" || site == "cross-site" || site == "same-site" {
		return &failure{status: http.StatusForbidden, code: wire.CodeForbidden, target: "Origin",
			message: "this service is not for web pages; call it from a program, without an Origin header"}
	}
	if len(g.hosts) > 0 && !slices.Contains(g.hosts, hostname(r.Host)) {
		return &failure{status: http.StatusForbidden, code: wire.CodeForbidden, target: "Host",
			message: "this service is not known by the name in the Host header; call it by the address that it printed at its start, or start it with --allow-host"}
	}
	return nil
}

// hostname is a Host header without its port.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// checkToken demands the token of the service.
func (g guard) checkToken(r *http.Request) error {
	if g.open {
		return nil
	}
	token := presentedToken(r.Header)
	if token == "" {
		return &failure{status: http.StatusUnauthorized, code: wire.CodeUnauthorized, challenge: "Bearer",
			message: `the request has no bearer token; send "Authorization: Bearer TOKEN" (or, for /mcp, "x-ms-apikey: TOKEN") with the token of this service, which it printed at its start or keeps in its --auth-token-file`}
	}
	sum := sha256.Sum256([]byte(token))
	if subtle.ConstantTimeCompare(sum[:], g.token[:]) != 1 {
		return &failure{status: http.StatusUnauthorized, code: wire.CodeUnauthorized, challenge: `Bearer error="invalid_token"`,
			message: "the bearer token is not that of this service, which it printed at its start or keeps in its --auth-token-file; a token of Azure is of no use here"}
	}
	return nil
}

// presentedToken returns the token of a request, "" if it has none. Azure has
// keys of their own for the MCP server of a pool, in another header; here it
// brings the same token, and counts before the ordinary one.
func presentedToken(header http.Header) string {
	switch key := header.Values(wire.HeaderAPIKey); len(key) {
	case 0:
	case 1:
		return strings.TrimSpace(key[0])
	default:
		return "" // which of them would count for whoever stands in between?
	}
	scheme, token, _ := strings.Cut(header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
