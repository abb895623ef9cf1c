package guard

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// checkSite refuses a request that uses a name which is not the service's, or
// comes from a web page that is not allowed. It returns nil for any other.
func (g *Guard) checkSite(r *http.Request) *Refusal {
	if !g.knowsHost(hostname(r.Host)) {
		return forbidden("Host", "this service is not known by the name in the Host header; call it by the address that it printed at startup, or start it with --allow-host")
	}
	origins := r.Header.Values("Origin")
	if g.opts.NoPages && (len(origins) > 0 || fromOtherSite(r)) {
		return forbidden("Origin", "this service is not for web pages; call it from a program, without an Origin header")
	}
	for _, origin := range origins {
		if !own(r, origin) && !slices.Contains(g.opts.Origins, origin) {
			return forbidden("Origin", "this service is not for the web page in the Origin header; call it from a program, or start it with --allow-origin")
		}
	}
	if len(origins) == 0 && fromOtherSite(r) && !(followsLink(r) && g.open(r) && g.below(r)) {
		return forbidden("Origin", "this service is not for web pages of other sites")
	}
	return nil
}

func forbidden(header, message string) *Refusal {
	return &Refusal{Status: http.StatusForbidden, Header: header, Message: message}
}

func (g *Guard) knowsHost(name string) bool {
	return slices.Contains(g.opts.Hosts, name) || g.opts.AnyAddress && net.ParseIP(name) != nil
}

// hostname is a Host header without its port, "" if it is no host.
func hostname(host string) string {
	u, err := url.Parse("http://" + host)
	if err != nil || u.Host != host {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// fromOtherSite reports whether a browser says that a page of another site
// makes the request.
func fromOtherSite(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// followsLink reports whether a browser says that its user goes to the URL, as by
// clicking a link: no page gets to see the answer.
func followsLink(r *http.Request) bool {
	return r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// own reports whether an origin is the service itself.
func own(r *http.Request, origin string) bool {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	return strings.EqualFold(origin, scheme+r.Host)
}

// preflight reports whether a browser asks what a page may send. Only requests
// that have passed checkSite are asked about.
func preflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
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
