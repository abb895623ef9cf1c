package config

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Access is who may use a service over HTTP, and under which host names.
type Access struct {
	AuthTokenFile  string   `placeholder:"FILE" help:"The file that holds the token callers must send as their bearer token. If it does not exist, it is created with a random token. The token itself can be in DYNAMIC_SESSIONS_AUTH_TOKEN. Default: a random token, printed at startup."`
	NoAuth         bool     `help:"Require no token. Only for an address that nobody else can reach, such as 127.0.0.1."`
	TLSCert        string   `name:"tls-cert" placeholder:"FILE" help:"Serve HTTPS with this certificate and the chain that follows it in the file (PEM)."`
	TLSKey         string   `name:"tls-key" placeholder:"FILE" help:"The certificate's private key (PEM)."`
	TLSSelfSigned  bool     `name:"tls-self-signed" help:"Serve HTTPS with a certificate for localhost that is created in the cache folder. What clients must trust is printed at startup."`
	MaxConnections int      `default:"2000" placeholder:"N" help:"How many connections may be open at the same time, including those that have not sent a token yet. An address of another machine may have at most as many as it leaves free (default ${default})."`
	AllowHost      []string `placeholder:"NAME" help:"Another name or address under which clients call the service. Can be given more than once."`
}

// HTTP is where a service listens, and for whom.
type HTTP struct {
	Listen string
	Access
	// Issuer is the OAuth issuer of the callers' tokens, "" if the service has a
	// token of its own.
	Issuer string
	// PublicURL is where clients reach the service, "" for where it listens.
	PublicURL string
}

// Variables without a flag, because everyone on the machine can see the flags of
// a process.
const (
	authTokenVariable  = prefix + "AUTH_TOKEN"
	sessionKeyVariable = prefix + "SESSION_KEY"
)

// Host is the host part of Listen.
func (h HTTP) Host() string {
	host, _, _ := net.SplitHostPort(h.Listen)
	return host
}

// Loopback reports whether only programs on this machine can reach the service.
func (h HTTP) Loopback() bool { return loopback(h.Host()) }

// TLS reports whether HTTPS is served.
func (a *Access) TLS() bool { return a.TLSSelfSigned || a.TLSCert != "" }

func (h HTTP) validate() error {
	_, port, err := net.SplitHostPort(h.Listen)
	if err != nil {
		return &settingError{"listen", h.Listen, "it must be an address and a port, such as 127.0.0.1:8080 or [::1]:8080"}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return &settingError{"listen", h.Listen, "the port must be between 0 and 65535"}
	}
	switch {
	case h.NoAuth && !h.Loopback():
		return &settingError{"no-auth", "true", fmt.Sprintf("without a token everyone who can reach %s can run code; listen on 127.0.0.1, or leave out --no-auth", h.Listen)}
	case h.NoAuth && h.AuthTokenFile != "":
		return &settingError{"no-auth", "true", "--auth-token-file is given too; leave out one of them"}
	case h.Issuer != "" && (h.NoAuth || h.AuthTokenFile != ""):
		return &settingError{"oauth-issuer", h.Issuer, "--no-auth or --auth-token-file is given too; leave out one of them"}
	case h.TLSCert != "" && h.TLSKey == "":
		return &settingError{"tls-key", "", "it must name the private key of --tls-cert"}
	case h.TLSCert == "" && h.TLSKey != "":
		return &settingError{"tls-cert", "", "it must name the certificate of --tls-key"}
	case h.TLSCert != "" && h.TLSSelfSigned:
		return &settingError{"tls-self-signed", "true", "--tls-cert is given too; leave out one of them"}
	}
	if err := between("max-connections", number(h.MaxConnections), 10, 1_000_000); err != nil {
		return err
	}
	if i := slices.IndexFunc(h.AllowHost, func(h string) bool { return !bareHost(h) }); i >= 0 {
		return &settingError{"allow-host", h.AllowHost[i], "it must be a name or an address without scheme, port or path, such as sessions.example.com; * is not allowed"}
	}
	return nil
}

// bareHost reports whether a name or address has no port or anything else around
// it. Ports of requests are not compared, so a name with a port would match none.
func bareHost(host string) bool {
	if address := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"); net.ParseIP(address) != nil {
		return true
	}
	return host != "" && !strings.ContainsFunc(host, func(c rune) bool {
		return c <= ' ' || c > unicode.MaxASCII || strings.ContainsRune("/@:*[]\\?#%,\"", c)
	})
}

// validateSecrets reports secrets in the environment that cannot be used or that
// contradict a flag.
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
		return &settingError{"session-key-file", file, sessionKeyVariable + " is set too; leave out one of them"}
	}
	return usableSecret(sessionKeyVariable, c.SessionKey)
}

// validateOneToken reports a flag that would silently win over the token in the
// environment, or lose to it.
func (c *Config) validateOneToken() error {
	var access *Access
	switch {
	case c.Command == CommandPool && !c.PoolServer.Stdio:
		access = &c.PoolServer.Access
	case c.overHTTP():
		access = &c.Serve.Access
	default:
		return nil
	}
	const also = authTokenVariable + " is set too; leave out one of them"
	switch {
	case access.NoAuth:
		return &settingError{"no-auth", "true", also}
	case access.AuthTokenFile != "":
		return &settingError{"auth-token-file", access.AuthTokenFile, also}
	}
	return nil
}

// minSecret is how many characters a token or key must have: fewer can be
// guessed.
const minSecret = 16

func usableSecret(variable, secret string) error {
	if len(secret) < minSecret || strings.ContainsFunc(secret, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fmt.Errorf("%s must be one word of at least %d ASCII characters; %w", variable, minSecret, errUsage)
	}
	return nil
}
