package config

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// PoolServer is how the pool is served to programs that were written for Azure.
type PoolServer struct {
	Listen         string   `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen; port 0 takes a free one (default ${default})."`
	AuthTokenFile  string   `placeholder:"FILE" help:"The file with the token that callers must send as their bearer token. A random one is written there if the file does not exist. Default: a random token that is printed at the start."`
	NoAuth         bool     `help:"Ask for no token. Only for an address that nobody else can reach, such as 127.0.0.1."`
	TLSCert        string   `name:"tls-cert" placeholder:"FILE" help:"Serve HTTPS with this certificate and those that follow it in the file (PEM)."`
	TLSKey         string   `name:"tls-key" placeholder:"FILE" help:"The certificate's private key (PEM)."`
	TLSSelfSigned  bool     `name:"tls-self-signed" help:"Serve HTTPS with a certificate for localhost that is made in the cache folder. What clients must trust is printed at the start."`
	AllowHost      []string `placeholder:"NAME" help:"Another name or address by which clients call the service. Can be given more than once."`
	RequireVersion bool     `help:"Refuse calls without an api-version, as Azure does."`
}

// poolDefaults are the settings in which the command differs from the others:
// with them the service behaves as Azure's.
func poolDefaults(flag string) (value string, ok bool) {
	switch flag {
	case "on-idle":
		return string(OnIdleDestroy), true
	case "timeout":
		return MaxTimeout.String(), true
	case "max-upload":
		return "128MiB", true
	}
	return "", false
}

// Host is the host part of Listen.
func (p *PoolServer) Host() string {
	host, _, _ := net.SplitHostPort(p.Listen)
	return host
}

// Loopback reports whether only programs of this machine can reach the service.
func (p *PoolServer) Loopback() bool {
	host := p.Host()
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// TLS reports whether HTTPS is served.
func (p *PoolServer) TLS() bool { return p.TLSSelfSigned || p.TLSCert != "" }

func (p *PoolServer) validate() error {
	_, port, err := net.SplitHostPort(p.Listen)
	if err != nil {
		return &Error{"listen", p.Listen, "it must be an address and a port, such as 127.0.0.1:8080 or [::1]:8080"}
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return &Error{"listen", p.Listen, "the port must be between 0 and 65535"}
	}
	switch {
	case p.NoAuth && !p.Loopback():
		return &Error{"no-auth", "true", fmt.Sprintf("without a token everyone who can reach %s could run code; listen on 127.0.0.1, or leave out --no-auth", p.Listen)}
	case p.NoAuth && p.AuthTokenFile != "":
		return &Error{"no-auth", "true", "there is also an --auth-token-file; leave out one of them"}
	case p.TLSCert != "" && p.TLSKey == "":
		return &Error{"tls-key", "", "it must name the private key of --tls-cert"}
	case p.TLSCert == "" && p.TLSKey != "":
		return &Error{"tls-cert", "", "it must name the certificate of --tls-key"}
	case p.TLSCert != "" && p.TLSSelfSigned:
		return &Error{"tls-self-signed", "true", "there is also a --tls-cert; leave out one of them"}
	}
	if i := slices.IndexFunc(p.AllowHost, func(h string) bool { return h == "" || strings.ContainsAny(h, "/ @") }); i >= 0 {
		return &Error{"allow-host", p.AllowHost[i], "it must be a name or an address without scheme, port or path, such as sessions.example.com"}
	}
	return nil
}
