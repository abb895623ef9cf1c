package config

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Access is who may use a service over HTTP, and by which names.
type Access struct {
	AuthTokenFile  string   `placeholder:"FILE" help:"The file with the token that callers must send as their bearer token. A random one is written there if the file does not exist. The token itself can be in DYNAMIC_SESSIONS_AUTH_TOKEN. Default: a random token that is printed at the start."`
	NoAuth         bool     `help:"Ask for no token. Only for an address that nobody else can reach, such as 127.0.0.1."`
	TLSCert        string   `name:"tls-cert" placeholder:"FILE" help:"Serve HTTPS with this certificate and those that follow it in the file (PEM)."`
	TLSKey         string   `name:"tls-key" placeholder:"FILE" help:"The certificate's private key (PEM)."`
	TLSSelfSigned  bool     `name:"tls-self-signed" help:"Serve HTTPS with a certificate for localhost that is made in the cache folder. What clients must trust is printed at the start."`
	MaxConnections int      `default:"2000" placeholder:"N" help:"Connections that may be open at one time, counted before anybody is asked for a token. One address of another machine may have as many as it leaves free (default ${default})."`
	AllowHost      []string `placeholder:"NAME" help:"Another name or address by which clients call the service. Can be given more than once."`
}

// HTTP is where a service listens, and for whom.
type HTTP struct {
	Listen string
	Access
	// Issuer is that of the tokens that callers must have, "" if the service has
	// tokens of its own.
	Issuer string
	// PublicURL is where clients reach the service, "" for where it listens.
	PublicURL string
}

// Variables that belong to no flag, since flags are shown to everyone on the
// machine.
const (
	authTokenVariable  = prefix + "AUTH_TOKEN"
	sessionKeyVariable = prefix + "SESSION_KEY"
)

// Host is the host part of Listen.
func (h HTTP) Host() string {
	host, _, _ := net.SplitHostPort(h.Listen)
	return host
}

// Loopback reports whether only programs of this machine can reach the service.
func (h HTTP) Loopback() bool { return loopback(h.Host()) }

// TLS reports whether HTTPS is served.
func (a *Access) TLS() bool { return a.TLSSelfSigned || a.TLSCert != "" }

func (h HTTP) validate() error {
	_, port, err := net.SplitHostPort(h.Listen)
	if err != nil {
		return &Error{"listen", h.Listen, "it must be an address and a port, such as 127.0.0.1:8080 or [::1]:8080"}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return &Error{"listen", h.Listen, "the port must be between 0 and 65535"}
	}
	switch {
	case h.NoAuth && !h.Loopback():
		return &Error{"no-auth", "true", fmt.Sprintf("without a token everyone who can reach %s could run code; listen on 127.0.0.1, or leave out --no-auth", h.Listen)}
	case h.NoAuth && h.AuthTokenFile != "":
		return &Error{"no-auth", "true", "there is also an --auth-token-file; leave out one of them"}
	case h.Issuer != "" && (h.NoAuth || h.AuthTokenFile != ""):
		return &Error{"oauth-issuer", h.Issuer, "there is also --no-auth or an --auth-token-file; leave out one of them"}
	case h.TLSCert != "" && h.TLSKey == "":
		return &Error{"tls-key", "", "it must name the private key of --tls-cert"}
	case h.TLSCert == "" && h.TLSKey != "":
		return &Error{"tls-cert", "", "it must name the certificate of --tls-key"}
	case h.TLSCert != "" && h.TLSSelfSigned:
		return &Error{"tls-self-signed", "true", "there is also a --tls-cert; leave out one of them"}
	}
	if err := between("max-connections", number(h.MaxConnections), 10, 1_000_000); err != nil {
		return err
	}
	if i := slices.IndexFunc(h.AllowHost, func(h string) bool { return !bareHost(h) }); i >= 0 {
		return &Error{"allow-host", h.AllowHost[i], "it must be a name or an address without scheme, port or path, such as sessions.example.com; * is not possible"}
	}
	return nil
}

// bareHost reports whether a name or address can stand alone in a Host header.
// Ports are not compared, so one that has a port would never be that of a request.
func bareHost(host string) bool {
	if address := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"); net.ParseIP(address) != nil {
		return true
	}
	return host != "" && !strings.ContainsFunc(host, func(c rune) bool {
		return c <= ' ' || c > unicode.MaxASCII || strings.ContainsRune("/@:*[]\\?#%,\"", c)
	})
}

// validateSecrets reports secrets of the environment that cannot be used, or
// that a flag contradicts.
func (c *Config) validateSecrets() error {
	if c.AuthToken != "" {
		if err := usableSecret(authTokenVariable, c.AuthToken); err != nil {
			return err
		}
		if err := c.validateOneToken(); err != nil {
			return err
		}
	}
	if c.SessionKey == "" {
		return nil
	}
	if file := c.Serve.SessionKeyFile; file != "" && c.overHTTP() {
		return &Error{"session-key-file", file, "there is also a key in " + sessionKeyVariable + "; leave out one of them"}
	}
	return usableSecret(sessionKeyVariable, c.SessionKey)
}

// validateOneToken reports what would silently win over the token of the
// environment, or lose.
func (c *Config) validateOneToken() error {
	var access *Access
	switch {
	case c.Command == CommandPool:
		access = &c.PoolServer.Access
	case c.overHTTP():
		access = &c.Serve.Access
	default:
		return nil
	}
	const also = "there is also a token in " + authTokenVariable + "; leave out one of them"
	switch {
	case access.NoAuth:
		return &Error{"no-auth", "true", also}
	case access.AuthTokenFile != "":
		return &Error{"auth-token-file", access.AuthTokenFile, also}
	}
	return nil
}

// MinSecret is how many characters a token or key must have: fewer can be
// guessed.
const MinSecret = 16

func usableSecret(variable, secret string) error {
	if len(secret) < MinSecret || strings.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fmt.Errorf("%s must be one word of at least %d characters of ASCII; %w", variable, MinSecret, ErrUsage)
	}
	return nil
}
