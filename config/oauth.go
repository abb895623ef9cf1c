package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// OAuth is whose tokens let in over HTTP, instead of a token of the service's
// own.
type OAuth struct {
	OAuthIssuer   string   `name:"oauth-issuer" placeholder:"URL" help:"Let in who has a token of this OAuth issuer instead of asking for a token of the service's own. It must publish OpenID Connect discovery. The URL must be exactly that in its tokens, such as https://login.microsoftonline.com/TENANT/v2.0."`
	OAuthAudience []string `name:"oauth-audience" placeholder:"AUDIENCE" help:"What the issuer's tokens for this service have as their audience. Can be given more than once; one of them must be in a token."`
	OAuthScope    []string `name:"oauth-scope" placeholder:"SCOPE" help:"A scope that a token must have, as clients ask the issuer for it. Can be given more than once; a token must have all. Default: none."`
	PublicURL     string   `name:"public-url" placeholder:"URL" help:"Where clients reach the service if that is not where it listens, such as https://python.example.com behind a proxy. Its host is also allowed as with --allow-host."`
}

func (o *OAuth) validate() error {
	if err := o.validatePublicURL(); err != nil || o.OAuthIssuer == "" {
		if err == nil && len(o.OAuthAudience)+len(o.OAuthScope) > 0 {
			err = &Error{"oauth-issuer", "", "it must name the issuer of the tokens with --oauth-audience and --oauth-scope"}
		}
		return err
	}
	u, err := url.Parse(o.OAuthIssuer)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(o.OAuthIssuer, "?#\"\\ ") {
		return &Error{"oauth-issuer", o.OAuthIssuer, "it must be a URL without query, such as https://login.example.com"}
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return &Error{"oauth-issuer", o.OAuthIssuer, "it must be https, or its keys could be exchanged on their way"}
	}
	if len(o.OAuthAudience) == 0 {
		return &Error{"oauth-audience", "", "it must name what the issuer's tokens for this service have as their audience; without it a token for any other service would let in"}
	}
	for _, audience := range o.OAuthAudience {
		if strings.TrimSpace(audience) != audience || audience == "" {
			return &Error{"oauth-audience", audience, "it must be the audience exactly as in tokens"}
		}
	}
	for _, scope := range o.OAuthScope {
		if scope == "" || strings.ContainsFunc(scope, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
			return &Error{"oauth-scope", scope, "it must be one scope without spaces and quotes; give --oauth-scope once for each"}
		}
	}
	return nil
}

func (o *OAuth) validatePublicURL() error {
	if o.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(o.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !bareHost(u.Hostname()) || !usablePort(u) || u.Scheme+"://"+u.Host != o.PublicURL || strings.ContainsAny(o.PublicURL, "\"\\<> @") {
		return &Error{"public-url", o.PublicURL, "it must be a scheme, a host and, unless it is the usual one, a port, such as https://python.example.com"}
	}
	return nil
}

// usablePort reports whether a URL has a port that there is, or none.
func usablePort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.Atoi(u.Port())
	return err == nil && n > 0 && n <= 65535
}

// loopback reports whether a name or address is of this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
