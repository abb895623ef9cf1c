package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// OAuth is the issuer whose tokens a service over HTTP accepts, instead of a token
// of its own.
type OAuth struct {
	OAuthIssuer   string   `name:"oauth-issuer" placeholder:"URL" help:"Accept tokens of this OAuth issuer instead of a token of the service's own. The issuer must publish OpenID Connect discovery. The URL must be exactly the issuer in its tokens, such as https://login.microsoftonline.com/TENANT/v2.0."`
	OAuthAudience []string `name:"oauth-audience" placeholder:"AUDIENCE" help:"The audience of the issuer's tokens for this service. Can be given more than once; a token must have one of them."`
	OAuthScope    []string `name:"oauth-scope" placeholder:"SCOPE" help:"A scope that a token must have, written as clients request it from the issuer. Can be given more than once; a token must have all of them. Default: none."`
	PublicURL     string   `name:"public-url" placeholder:"URL" help:"Where clients reach the service if it is not where it listens, such as https://python.example.com behind a proxy. Its host is allowed as if given with --allow-host."`
}

func (o *OAuth) validate() error {
	if err := o.validatePublicURL(); err != nil || o.OAuthIssuer == "" {
		if err == nil && len(o.OAuthAudience)+len(o.OAuthScope) > 0 {
			err = &settingError{"oauth-issuer", "", "it must name the issuer of the tokens that --oauth-audience and --oauth-scope are about"}
		}
		return err
	}
	u, err := url.Parse(o.OAuthIssuer)
	if err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(o.OAuthIssuer, "?#\"\\ ") {
		return &settingError{"oauth-issuer", o.OAuthIssuer, "it must be a URL without a query, such as https://login.example.com"}
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return &settingError{"oauth-issuer", o.OAuthIssuer, "it must be https, otherwise its keys could be replaced in transit"}
	}
	if len(o.OAuthAudience) == 0 {
		return &settingError{"oauth-audience", "", "it must name the audience of the issuer's tokens for this service; without it, a token for any other service would be accepted"}
	}
	for _, audience := range o.OAuthAudience {
		if strings.TrimSpace(audience) != audience || audience == "" {
			return &settingError{"oauth-audience", audience, "it must be the audience exactly as in tokens"}
		}
	}
	for _, scope := range o.OAuthScope {
		if scope == "" || strings.ContainsFunc(scope, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' }) {
			return &settingError{"oauth-scope", scope, "it must be one scope without spaces or quotes; give --oauth-scope once for each"}
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
		return &settingError{"public-url", o.PublicURL, "it must be a scheme, a host and, unless it is the default, a port, such as https://python.example.com"}
	}
	return nil
}

// usablePort reports whether a URL has a valid port, or none.
func usablePort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.Atoi(u.Port())
	return err == nil && n > 0 && n <= 65535
}

// loopback reports whether a name or address is a loopback one.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
